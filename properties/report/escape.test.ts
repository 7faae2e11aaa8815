import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { code, commandLineSafe, cut, html, markdown, plain, plainLines } from "./escape.js";
import { hostile, UNSAFE } from "./fixtures/hostile.js";

describe("plain text", () => {
  it("is one line without anything that is not seen", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        expect(plain(text)).not.toMatch(UNSAFE);
        expect(plain(text)).not.toContain("\n");
        expect(plain(plain(text))).toBe(plain(text));
      }),
    );
    expect(plain("a\x1b[31mb\u202ec\r\nd\te")).toBe("a\\u{1b}[31mb\\u{202e}c d e");
  });

  it("keeps the lines of a build's output apart", () => {
    expect(plainLines("one\r\ntwo\n\x1b[1mthree")).toEqual(["one", "two", "\\u{1b}[1mthree"]);
  });

  it("is cut by characters, not in the middle of one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, n) => {
        expect(Array.from(cut(text, n)).length).toBeLessThanOrEqual(n);
        if (Array.from(text).length <= n) expect(cut(text, n)).toBe(text);
      }),
    );
    expect(cut("😀😀😀", 2)).toBe("😀…");
  });
});

describe("HTML", () => {
  it("has no tag and ends no attribute", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        expect(html(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(html(text)).not.toMatch(UNSAFE);
      }),
    );
  });
});

describe("Markdown", () => {
  it("has no markup, mention, reference or address", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const out = markdown(text);
        expect(out).not.toMatch(/[<>]/);
        expect(out).not.toMatch(/[@#!][\p{L}\p{N}_]/u);
        expect(out).not.toMatch(/:\/\/|\bwww\.|GH-\d/i);
        expect(out).not.toMatch(/^\s*[#+\-=/]/);
        expect(out.replace(/\\./g, "")).not.toMatch(/[`*_[\]|~]/);
      }),
    );
  });

  it("defuses what forges look for", () => {
    expect(markdown("@root see #1 at https://a.example")).toBe(
      "@\u200broot see #\u200b1 at https:\u200b//a.example",
    );
    expect(markdown("/close")).toBe("\\/close");
    expect(markdown("![x](y) <script> a|b")).toBe("!\\[x\\](y) &lt;script&gt; a\\|b");
    expect(markdown("12. item")).toBe("12\\. item");
  });

  it("has code spans that their content cannot end", () => {
    fc.assert(
      fc.property(hostile(), fc.boolean(), (text, cell) => {
        const out = code(text, cell);
        const fence = /^`+/.exec(out)?.[0] as string;
        const inner = out.slice(fence.length, -fence.length);
        expect(out.endsWith(fence)).toBe(true);
        expect((inner.match(/`+/g) ?? []).every((run) => run.length < fence.length)).toBe(true);
        expect(inner.startsWith("`") || inner.endsWith("`")).toBe(false);
        if (cell) expect(inner.replace(/\\\|/g, "")).not.toContain("|");
        expect(inner).not.toMatch(UNSAFE);
      }),
    );
    expect(code("a`b")).toBe("``a`b``");
    expect(code("a|b", true)).toBe("`a\\|b`");
    expect(code("")).toBe("` `");
  });
});

describe("logs of CI jobs", () => {
  it("have no workflow command on any line", () => {
    fc.assert(
      fc.property(fc.array(hostile()), (lines) => {
        const out = commandLineSafe(lines.join("\n"));
        for (const line of out.split(/[\n\r\u2028\u2029]/u)) {
          expect(line.trimStart().startsWith("::")).toBe(false);
        }
        expect(out).not.toMatch(/##\w*\[/);
      }),
    );
    expect(commandLineSafe("  ::error::x\n\x1b[31m::set-env::y\na ##vso[z] ##[w]")).toBe(
      "  : :error::x\n\x1b[31m: :set-env::y\na # #vso[z] # #[w]",
    );
  });
});
