/** The scripts of the page, out of compiled files: the page loads nothing. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** In the order in which each needs those before it; their top-level names differ. */
const PARTS = [
  new URL("./draw/grid.js", import.meta.url),
  new URL("./draw/drawings.js", import.meta.url),
  new URL("./client/page.js", import.meta.url),
];

/** Modules laid into one: imports name what stands above, and nobody imports from it. */
const joined = (text: string): string =>
  text
    .replace(/^import\s[^;]*;\n/gm, "")
    .replace(/^export \{\};\n/gm, "")
    .replace(/^export (?=const|function|class)/gm, "")
    .replace(/^\/\/[/#].*\n?/gm, "");

/** Text that ends no script element and opens no comment in it. */
const inScript = (text: string): string =>
  text.replace(/<(?=\/script|!--|script)/gi, "\\x3c").trim();

export const clientScript = (): string =>
  inScript(PARTS.map((part) => joined(readFileSync(part, "utf8"))).join("\n"));

/** A well-kept library draws the lines of the run history: axes, cursor, legend. */
export const chartLibrary = (): { readonly script: string; readonly style: string } => {
  const find = createRequire(import.meta.url);
  const read = (file: string): string => readFileSync(find.resolve(`uplot/dist/${file}`), "utf8");
  return { script: inScript(read("uPlot.iife.min.js")), style: read("uPlot.min.css") };
};

/** A content security policy's name for an inline script. */
export const hashOf = (script: string): string =>
  `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
