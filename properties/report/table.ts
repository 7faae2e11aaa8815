import Table from "cli-table3";

const bare = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

/** Plain aligned columns; numbers to the right. No colour, no trailing blanks. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const numeric = head.map(
    (_h, i) => rows.length > 0 && rows.every((r) => typeof r[i] === "number"),
  );
  const out = new Table({
    head: [...head],
    chars: bare,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
    colAligns: numeric.map((n) => (n ? "right" : "left")),
  });
  for (const row of rows) {
    out.push(row.map((cell) => (typeof cell === "number" ? grouped(cell) : cell)));
  }
  return out
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
};

/** 1234567 as "1 234 567". */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
