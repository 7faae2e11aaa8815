/**
 * `npm run bench [-- WORD]`: how fast the suite is, or the sections whose title holds the word.
 * Rates are per CPU second unless a note says wall.
 */
import { availableParallelism } from "node:os";
import { subsystems } from "../catalogue.js";
import { comparisonRows } from "./comparison.js";
import { conformanceRows, stdioRows } from "./foreign.js";
import { type Row, section } from "./measure.js";
import { subsystemRows } from "./subsystems.js";

const started = performance.now();
console.log(
  `node ${process.version}, ${process.arch}, ${availableParallelism()} CPUs. Rates are per CPU ` +
    "second of one thread; compare ratios, not machines.",
);
const word = process.argv[2] ?? "";
const wanted = async (title: string, rows: () => Promise<readonly Row[]>): Promise<void> => {
  if (title.includes(word)) await section(title, rows);
};

await wanted("The common specification, side by side with fast-check", comparisonRows);
for (const subsystem of subsystems) {
  await wanted(subsystem.path, () => subsystemRows(subsystem));
}
await wanted("Conformance of recorded traces", conformanceRows);
await wanted("External system over stdio", stdioRows);
console.log(`\n${((performance.now() - started) / 1e3).toFixed(0)} s in all`);
