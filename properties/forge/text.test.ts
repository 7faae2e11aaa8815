import { describe, expect, it } from "vitest";
import { commentBody, MARKER, marked, oneLine, withoutQuickActions } from "./text.js";

describe("texts for a forge", () => {
  it("one line of so many characters, no pair cut through", () => {
    expect(oneLine("a\nb", 10)).toBe("a b");
    expect(oneLine("abcdef", 4)).toBe("abc…");
    expect(oneLine("ab\u{1F43B}cdef", 4)).toBe("ab…");
    expect(oneLine("ab\u{1F43B}cdef", 5)).toBe("ab\u{1F43B}…");
  });

  it("a comment has its marker once", () => {
    expect(commentBody("x", 100)).toBe(`${MARKER}\nx`);
    expect(commentBody(`\n${MARKER}\nx`, 100)).toBe(`${MARKER}\nx`);
    expect(marked(commentBody("x", 100))).toBe(true);
    expect(marked(`> ${MARKER}`)).toBe(false);
  });

  it.each([
    ["lines", "a line\n".repeat(500), /a line\n\n_Cut/],
    ["a fence", `\`\`\`\`text\n${"code\n".repeat(500)}`, /code\n````\n\n_Cut/],
    ["a fence in a fence", `~~~\n\`\`\`\n${"code\n".repeat(500)}`, /code\n~~~\n\n_Cut/],
    ["a folded part", `<details>\n\n${"text\n".repeat(500)}`, /text\n\n<\/details>\n\n_Cut/],
    ["one endless line", "\u{1F43B}".repeat(2000), /\u{1F43B}\n\n_Cut/u],
  ])("cut in %s, it is closed and within its limit", (_what, text, end) => {
    for (const limit of [1000, 1001]) {
      const body = commentBody(text, limit);
      expect(body.length).toBeLessThanOrEqual(limit);
      expect(body).toMatch(end);
      expect(marked(body)).toBe(true);
    }
  });

  it("no line of a note is a quick action", () => {
    expect(withoutQuickActions("/merge\r\n/close\n\t/x a/b\nc/d")).toBe(
      "\\/merge\r\n\\/close\n\t\\/x a/b\nc/d",
    );
  });
});
