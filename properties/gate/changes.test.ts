import { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import type { Change } from "./areas.js";
import { changesOf } from "./changes.js";
import { type Workplace, workplace } from "./fixtures/repository.js";
import { applyPatches, PatchError } from "./patches.js";
import { fileAt, listFiles, resolveRev } from "./repo.js";

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.end());

const lines = (n: number): string =>
  Array.from({ length: n }, (_, i) => `line ${i + 1}\n`).join("");
const changes = (base: string, head: string): Promise<Change[]> =>
  changesOf(place.open(), base, head);

describe("what changed", () => {
  it("says added, modified, deleted, renamed, with counts and hunks at head", async () => {
    const base = place.repo.commit("base", {
      changed: lines(30),
      gone: "x\n",
      old: lines(20),
      same: "s\n",
    });
    const head = place.repo.commit("head", {
      changed: lines(30)
        .replace("line 3\n", "three\nand a half\n")
        .replace("line 20\n", "")
        .replace("line 30\n", "thirty\n"),
      gone: undefined,
      old: undefined,
      "new/place": `${lines(20)}more\n`,
      fresh: "1\n2\n",
    });
    expect(await changes(base, head)).toEqual([
      {
        path: "changed",
        status: "modified",
        added: 3,
        removed: 3,
        binary: false,
        hunks: [
          { start: 3, lines: 2 },
          { start: 21, lines: 0 },
          { start: 30, lines: 1 },
        ],
      },
      {
        path: "fresh",
        status: "added",
        added: 2,
        removed: 0,
        binary: false,
        hunks: [{ start: 1, lines: 2 }],
      },
      { path: "gone", status: "deleted", added: 0, removed: 1, binary: false, hunks: [] },
      {
        path: "new/place",
        from: "old",
        status: "renamed",
        added: 1,
        removed: 0,
        binary: false,
        hunks: [{ start: 21, lines: 1 }],
      },
    ]);
    expect(await changes(base, base)).toEqual([]);
  });

  it("keeps hunks with their files across binary files, modes, links and odd names", async () => {
    const { repo } = place;
    const base = repo.commit("base", {
      "a.bin": Buffer.from([0, 1, 2]),
      "b.sh": "echo\n",
      "c.link": "was a file\n",
      "d moved": lines(10),
      "z last": "1\n",
    });
    rmSync(join(repo.dir, "c.link"));
    symlinkSync("b.sh", join(repo.dir, "c.link"));
    chmodSync(join(repo.dir, "b.sh"), 0o755);
    const names = ['say "hi"', "line\nbreak", "tab\there", "-dash", "--output=x", "ü", "a => b"];
    const head = repo.commit("head", {
      "a.bin": Buffer.from([0, 9, 9, 9]),
      "d moved": undefined,
      "e moved": lines(10),
      "z last": "@@ -1,5 +77,5 @@\n--- a/x\n+++ b/x\ndiff --git a/x b/x\n",
      ...Object.fromEntries(names.map((name, i) => [name, lines(i + 1)])),
    });
    const found = new Map((await changes(base, head)).map((change) => [change.path, change]));
    expect([...found.keys()].sort()).toEqual(
      [...names, "a.bin", "b.sh", "c.link", "e moved", "z last"].sort(),
    );
    expect(found.get("a.bin")).toMatchObject({ binary: true, added: 0, hunks: [] });
    expect(found.get("b.sh")).toMatchObject({ status: "modified", added: 0, hunks: [] });
    expect(found.get("c.link")).toMatchObject({ status: "modified", added: 1, removed: 1 });
    expect(found.get("e moved")).toMatchObject({ status: "renamed", from: "d moved", hunks: [] });
    expect(found.get("z last")?.hunks).toEqual([{ start: 1, lines: 4 }]);
    names.forEach((name, i) => {
      expect(found.get(name)?.hunks, name).toEqual([{ start: 1, lines: i + 1 }]);
    });
  });

  it("tells names that are not UTF-8 apart", async () => {
    const base = place.repo.commit("base", { a: "1\n" });
    for (const byte of [0xfe, 0xff]) {
      const name = Buffer.concat([
        Buffer.from(`${place.repo.dir}/n`),
        Buffer.from([byte, 0xc3, 0xbc]),
      ]);
      writeFileSync(name, "x\n");
    }
    const head = place.repo.commit("head", {});
    expect((await changes(base, head)).map((change) => change.path)).toEqual([
      "n\\xfeü",
      "n\\xffü",
    ]);
  });

  it("loses none of 500 files, nor a submodule", async () => {
    const base = place.repo.commit("base", { seed: "1\n" });
    const files = Array.from({ length: 500 }, (_, i) => [`kernel/f${i}.rs`, lines((i % 7) + 1)]);
    place.repo.commit("head", Object.fromEntries(files));
    place.repo.git("update-index", "--add", "--cacheinfo", `160000,${base},vendored`);
    place.repo.git("commit", "-q", "-m", "submodule");
    const found = await changes(base, place.repo.git("rev-parse", "HEAD").trim());
    expect(found).toHaveLength(501);
    for (const change of found) expect(change.added, change.path).toBe(change.hunks[0]?.lines);
  });
});

describe("patches", () => {
  const make = () => {
    const { repo } = place;
    repo.commit("base", { "src/a.rs": lines(40), "src/b.rs": lines(5) });
    repo.git("checkout", "-q", "-b", "work");
    repo.commit("irq: one\n\nWhy it is so.", {
      "src/a.rs": lines(40).replace("line 3\n", "three\n"),
    });
    repo.commit("irq: two", {
      "src/a.rs": lines(40).replace("line 3\n", "three\n").replace("line 30\n", "thirty\n"),
      "src/c.rs": "new\n",
      "x.bin": Buffer.from([0, 1, 2, 255, 10, 0]),
    });
    const end = repo.commit("irq: three", { "src/b.rs": undefined });
    repo.git("checkout", "-q", "main");
    return { repo, end };
  };
  const file = (name: string, text: string): string => {
    writeFileSync(join(place.folder, name), text);
    return join(place.folder, name);
  };
  const apply = async (...files: string[]) => {
    const repo = place.open();
    return applyPatches(repo, resolveRev(repo, "main"), files);
  };
  const refusal = async (...files: string[]): Promise<PatchError> => {
    try {
      await apply(...files);
    } catch (error) {
      expect(error).toBeInstanceOf(PatchError);
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).not.toContain("\n");
      return error as PatchError;
    }
    throw new Error("it applied");
  };
  const treeOf = (commit: string): string[] =>
    listFiles(place.open(), commit).map((entry) => `${entry.mode} ${entry.object} ${entry.path}`);

  it("applies a mail series, in one file or several, with a cover letter", async () => {
    const { repo, end } = make();
    repo.git("format-patch", "-q", "--cover-letter", "-o", join(place.folder, "out"), "main..work");
    const names = ["0000-cover-letter", "0001-irq-one", "0002-irq-two", "0003-irq-three"];
    const files = names.map((name) => join(place.folder, "out", `${name}.patch`));
    const mbox = file("all.mbox", files.map((name) => readFileSync(name, "utf8")).join(""));
    const together = await apply(mbox);
    expect(together).toMatchObject({ name: "all.mbox", subject: "irq: three" });
    expect(treeOf(together.commit)).toEqual(treeOf(end));
    const letter = readFileSync(files[0] as string, "utf8");
    const b4 = file(
      "b4.mbox",
      letter.replace("\n-- \n", "\n---\nbase-commit: 1234\nchange-id: x\n-- \n"),
    );
    expect((await apply(b4, ...files.slice(1))).commit).toBe(together.commit);
    expect((await apply(...files)).commit).toBe(together.commit);
    const apart = await apply(...files.slice(1));
    expect(apart).toMatchObject({ name: "3 patch files", commit: together.commit });
    const author = repo.git("log", "-1", "--format=%an <%ae>%n%B", "work~2");
    expect(author).toContain("A. Tester");
    // The repository has no word of it.
    expect(() => repo.git("cat-file", "-e", together.commit)).toThrow();
    expect(repo.git("status", "--porcelain")).toBe("");
  });

  it("applies plain diffs, one after the other", async () => {
    const { repo, end } = make();
    const first = file("1.diff", repo.git("diff", "main", "work~1", "--binary"));
    const second = file("2.diff", repo.git("diff", "work~1", "work"));
    expect(treeOf((await apply(first, second)).commit)).toEqual(treeOf(end));
    const old = file(
      "3.diff",
      "--- a/src/b.rs\n+++ b/src/b.rs\n@@ -1,2 +1,2 @@\n-line 1\n+one\n line 2\n",
    );
    const { commit } = await apply(old);
    expect(fileAt(place.open(), commit, "src/b.rs")).toBe(lines(5).replace("line 1", "one"));
  });

  it("applies mails with other line ends and encodings, and what was merged already", async () => {
    const { repo, end } = make();
    const text = repo.git("format-patch", "--stdout", "main..work");
    const crlf = file("crlf.mbox", text.replaceAll("\n", "\r\n"));
    expect(treeOf((await apply(crlf)).commit)).toEqual(treeOf(end));
    const one = repo.git("format-patch", "--stdout", "main..work~2");
    const [head, ...body] = one.split("\n\n");
    const encoded = Buffer.from(body.join("\n\n")).toString("base64").replace(/.{76}/g, "$&\n");
    const base64 = file(
      "base64.mbox",
      `${head}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n` +
        `Content-Transfer-Encoding: base64\n\n${encoded}\n`,
    );
    expect(treeOf((await apply(base64)).commit)).toEqual(
      treeOf(resolveRev(place.open(), "work~2").commit),
    );
    repo.git("merge", "-q", "--ff-only", "work~1");
    expect(treeOf((await apply(crlf)).commit)).toEqual(treeOf(end));
  });

  it("merges a patch that was made on another state of a file", async () => {
    const { repo } = make();
    const patch = file("p.patch", repo.git("format-patch", "--stdout", "-1", "work~2"));
    repo.commit("main moves on", { "src/a.rs": lines(40).replace("line 5\n", "five\n") });
    const { commit } = await apply(patch);
    expect(fileAt(place.open(), commit, "src/a.rs")).toContain("three\nline 4\nfive\n");
  });

  it("names patch, file and hunk of what does not apply", async () => {
    const { repo } = make();
    const text = repo.git("format-patch", "--stdout", "main..work");
    repo.commit("in the way", { "src/a.rs": lines(40).replace("line 30\n", "otherwise\n") });
    const error = await refusal(file("all.mbox", text));
    expect(error.message).toMatch(
      /all\.mbox: mail 2 of 3, "irq: two": does not apply to main and the 1 before it: src\/a\.rs, hunk 1 \(line 27\)$/,
    );
    expect(error).toMatchObject({ path: "src/a.rs", hunk: 1 });
    const plain = file("p.diff", repo.git("diff", "main~1", "work"));
    expect(await refusal(plain)).toMatchObject({ path: "src/a.rs", hunk: 2 });
    const gone = file("gone.diff", "--- a/nowhere\n+++ b/nowhere\n@@ -1 +1 @@\n-a\n+b\n");
    expect(await refusal(gone)).toMatchObject({ path: "nowhere" });
    // What failed leaves nothing for the next.
    expect((await apply(file("ok.diff", repo.git("diff", "main", "main~1")))).subject).toBe(
      "ok.diff",
    );
  });

  it("refuses what is no patch, is cut off, or leads out of the repository", async () => {
    const { repo } = make();
    expect((await refusal(file("n.txt", "hello\n"))).message).toContain("holds no patch");
    expect((await refusal(file("m.eml", "From: a@b.c\nSubject: x\n\nhello\n"))).message).toContain(
      "holds no patch",
    );
    const lost = repo
      .git("format-patch", "--stdout", "main..work")
      .replaceAll(/^(diff|---|\+\+\+) .*/gm, "x");
    expect((await refusal(file("lost.mbox", lost))).message).toContain(
      "mail 1 of 3: holds no patch",
    );
    const cover = "From: a@b.c\nSubject: [PATCH v2 00/12] all\n\nhello\n";
    expect((await refusal(file("cover.eml", cover))).message).toContain("holds no patch");
    const cut = repo.git("diff", "main", "work").slice(0, 200);
    expect((await refusal(file("cut.diff", cut))).message).toContain("corrupt patch");
    for (const path of ["../out", ".git/config", "/etc/x"]) {
      const text = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
      await refusal(file("out.diff", text));
    }
    await expect(apply(join(place.folder, "none"))).rejects.toThrow("cannot be opened");
    await expect(apply(place.folder)).rejects.toThrow("is a directory");
    const link =
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/tmp\n\\ No newline at end of file\n" +
      "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+x\n";
    await refusal(file("link.diff", link));
  });
});
