/** `npm run bench`: how fast the suite is. Rates are per CPU second unless a note says wall. */
import { availableParallelism } from "node:os";
import { subsystems } from "../catalogue.js";
import { comparisonRows } from "./comparison.js";
import { conformanceRows, stdioRows } from "./foreign.js";
import { section } from "./measure.js";
import { subsystemRows } from "./subsystems.js";

const started = performance.now();
console.log(
  `node ${process.version}, ${process.arch}, ${availableParallelism()} CPUs. Rates are per CPU ` +
    "second of one thread; compare ratios, not machines.",
);
await section("The common specification, side by side with fast-check", comparisonRows);
for (const subsystem of subsystems) {
  await section(subsystem.path, () => subsystemRows(subsystem));
}
await section("Conformance of recorded traces", conformanceRows);
await section("External system over stdio", stdioRows);
console.log(`\n${((performance.now() - started) / 1e3).toFixed(0)} s in all`);
