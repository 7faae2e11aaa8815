import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { Day, isDay, readToml } from "./toml.js";
import { tomlLines } from "./toml-lines.js";

const TEXT = `# a comment = 1
top = 1
[a.b]            # line 3
"odd key" = """
not = "a key"
[nor.a.table]
"""
list = [ 1, # one
  [2, 3],
  { x = 1, y.z = 2 },
]
'lit' = 'c:\\'
[[t]]
k = 1
[[t.u]]
v = 1
[[t.u]]
v = 2
[[t]]
[t.w]
"""" = "end"
`;

describe("lines of a TOML document", () => {
  const lines = tomlLines(TEXT.replace('"""" = "end"', '"" = """two quotes"""""\nlast = 1'));
  it.each([
    ["top", 2],
    ["a.b", 3],
    ["a.b.odd key", 4],
    ["a.b.list", 8],
    ["a.b.list.0", 8],
    ["a.b.list.1", 9],
    ["a.b.list.1.1", 9],
    ["a.b.list.2.x", 10],
    ["a.b.list.2.y.z", 10],
    ["a.b.lit", 12],
    ["t.0", 13],
    ["t.0.k", 14],
    ["t.0.u.0.v", 16],
    ["t.0.u.1.v", 18],
    ["t.1", 19],
    ["t.1.w", 20],
    ["t.1.w.last", 22],
  ])("%s is on line %i", (field, line) => {
    expect(lines.get(field)).toBe(line);
  });

  it("knows every key and element that the parser knows", () => {
    const text = TEXT.replace('"""" = "end"', "x = 1979-05-27T07:32:00Z");
    const found = tomlLines(text);
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null || value instanceof Date) return;
      for (const [key, inner] of Object.entries(value)) {
        const field = path === "" ? key : `${path}.${key}`;
        // A table that only its parts name has no line of its own.
        if (typeof inner !== "object") expect(found.get(field), field).toBeGreaterThan(0);
        walk(inner, field);
      }
    };
    walk(parse(text), "");
  });

  it("ends on any text, and falls back to what holds a field", () => {
    for (const text of ["", "[", "[[", "a", "a.", 'a = "', "a = [", "= 1", "[a]\n]", "\u0000"]) {
      expect(() => tomlLines(text)).not.toThrow();
    }
    const document = readToml("[gate]\n\nx = { }\n", "f");
    expect(document.lineOf("gate.x.y.z")).toBe(3);
    expect(document.lineOf("gate.other")).toBe(1);
    expect(document.lineOf("nothing")).toBe(1);
  });
});

describe("days", () => {
  it("are TOML dates or strings", () => {
    const { value } = readToml('a = 2027-01-31\nb = "2027-01-31"\nc = 2027-01-31T00:00:00\n', "f");
    const { a, b, c } = value as Record<string, unknown>;
    expect(Day.decode(a)).toMatchObject({ right: "2027-01-31" });
    expect(Day.decode(b)).toMatchObject({ right: "2027-01-31" });
    expect(Day.decode(c)._tag).toBe("Left");
    expect(isDay("2028-02-29")).toBe(true);
    for (const text of ["2027-02-29", "2027-13-01", "2027-1-1", "0000-00-00", "tomorrow", ""]) {
      expect(isDay(text), text).toBe(false);
    }
  });
});
