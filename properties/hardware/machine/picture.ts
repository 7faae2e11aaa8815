/** The machine as drawings: vectors of each CPU, entries of each function. */
import { bitOf } from "../../../spec/hardware/machine/judging.js";
import type { Config, View } from "../../../spec/hardware/machine/vocabulary.js";
import type { Picture, Tone } from "../../report/picture.js";

const LEGEND = [
  ["no request", "empty", ""],
  ["requested", "held", "R"],
  ["in service", "aside", "S"],
  ["in service and requested again", "both", "B"],
] as const satisfies readonly (readonly [string, Tone, string])[];

/** Most CPUs drawn. */
const MOST_ROWS = 64;
const hex = (value: number): string => `0x${value.toString(16)}`;

/** Vectors in use on some CPU, so that the grid stays narrow. */
const usedVectors = (view: View): readonly number[] => {
  const used: number[] = [];
  for (let v = 0; v < 256; v++) {
    if (view.apics.some((apic) => bitOf(apic.irr, v) || bitOf(apic.isr, v))) used.push(v);
  }
  return used.length > 0 ? used : [0x20];
};

/** Requests and interrupts in service of each local APIC. */
export const picture = (config: Config, view: View): Picture => {
  const columns = usedVectors(view);
  const apics = view.apics.slice(0, MOST_ROWS);
  const pending = view.functions.reduce(
    (sum, fn) => sum + (fn.msiPending === 0 && fn.pending.every((w) => w === 0) ? 0 : 1),
    0,
  );
  const waits = pending === 0 ? "" : `, ${pending} functions with pending bits`;
  return {
    kind: "grid",
    title: `Local APICs, remapping ${config.remapping.kind}${waits}`,
    rows: apics.map((apic, cpu) => `CPU ${cpu} (${hex(apic.id)})`),
    columns: columns.map(hex),
    cells: apics.map((apic) =>
      columns.map((v) => (bitOf(apic.irr, v) ? 1 : 0) + (bitOf(apic.isr, v) ? 2 : 0)),
    ),
    legend: LEGEND.map(([text]) => text),
    tones: LEGEND.map(([, tone]) => tone),
    marks: LEGEND.map(([, , mark]) => mark),
  };
};
