/** Cases about patches that do not fit, large ones, and names that mean harm. */
import * as edits from "./edits.js";
import { change, expect, type Story } from "./story.js";
import { all, replace, write } from "./tree.js";

const bytes = (length: number): Buffer => {
  const out = Buffer.alloc(length);
  for (let i = 0; i < length; i++) out[i] = (i * 167 + (i >> 3)) & 0xff;
  return out;
};

const many = Array.from({ length: 500 }, (_x, i) => {
  const name = `drivers/pci/ids-${String(i).padStart(3, "0")}.rs`;
  return write(name, `//! Device ids of vendor ${i}.\npub const VENDOR: u16 = ${i};\n`);
});

const ESC = "\u001b";
/** Names that a careless output would run, or paint with. */
export const hostileNames: readonly string[] = [
  "docs/::error::owned.md",
  "docs/##[error]owned.md",
  "docs/<script>alert(1)<∕script>.md",
  "docs/$(touch pwned).md",
  "docs/`touch pwned`.md",
  "docs/; touch pwned;.md",
  `docs/${ESC}[31mred${ESC}[0m.md`,
  "docs/two\nlines.md",
  "docs/ends with a space .md",
  'docs/"quoted"\\backslash.md',
  "docs/\u202egnp.exe.md",
  "--output=pwned",
  "drivers/::set-output name=x::y.rs",
  "drivers/a|b|c](javascript:alert).rs",
];

const hostileMessage =
  "::error file=x,line=1::owned <script>alert(1)</script> $(touch pwned)\n\n" +
  `##[error]owned\n::stop-commands::x\n${ESC}]0;owned\u0007${ESC}[2Jcleared\n` +
  "</title><img src=x onerror=alert(1)> ]]> --> {{7*7}} | a | b |\n";

export const hostileStories: readonly Story[] = [
  {
    name: "does-not-apply",
    shows: "a patch that was written for another tree",
    base: [
      change(
        "vector: rename a local",
        replace(
          edits.VECTOR,
          "        let room = self.capacity();\n",
          "        let all = self.capacity();\n",
        ),
      ),
    ],
    head: [
      change(
        "vector: rename it once more",
        replace(
          edits.VECTOR,
          "        let all = self.capacity();\n",
          "        let most = self.capacity();\n",
        ),
      ),
    ],
    as: "main",
    expected: expect("error", ["GATE-APPLY"]),
  },
  {
    name: "binary-file",
    shows: "a binary file in a patch, which `git format-patch` encodes",
    head: [change("drivers: font", write("drivers/console/font.bin", bytes(4096)))],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "500-files",
    shows: "five hundred kernel files that no area claims",
    head: [change("drivers: device ids", all(...many))],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "hostile-names",
    shows: "file names and a commit message full of commands, markup and terminal escapes",
    head: [change(hostileMessage, all(...hostileNames.map((name) => write(name, `${name}\n`))))],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "hostile-attributes",
    shows: "attributes that call for filters, diff drivers and merge drivers of the repository",
    head: [
      change(
        "repository: attributes",
        all(write(".gitattributes", "* filter=evil diff=evil merge=evil\n"), edits.explainSpread),
      ),
    ],
    as: "both",
    expected: expect("holds"),
  },
];
