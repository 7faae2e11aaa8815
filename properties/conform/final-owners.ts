/**
 * What /proc/interrupts shows after a record, against the model's state at its end: which
 * interrupts there are, on which CPUs each was counted, and whether a remapping unit translates it.
 */
import { InputError } from "../../spec/core/decode.js";
import {
  type InterruptLine,
  type Interrupts,
  parseInterrupts,
} from "../../traces/format/proc-interrupts.js";
import { C } from "./clause-ids.js";
import { type IrqState, ISA_IRQS, ISA_VECTORS } from "./irq-state.js";
import type { World } from "./world.js";

/** A legacy interrupt that nothing moved: bit 48 + irq of the boot CPU since the boot. */
const isUntouchedLegacy = (w: World, irq: number): boolean =>
  irq < ISA_IRQS && !w.irqs.has(irq) && w.matrix.view.isAllocated(0, ISA_VECTORS + irq);

const refuse = (w: World, text: string, clause: number, reason: string, could: string[]): never =>
  w.judge.refuse({ line: w.lastLine, text }, clause, `/proc/interrupts: ${reason}`, could);

/** CPUs that took an interrupt had a vector of it at some time since it was set up. */
const judgeCounts = (w: World, shown: Interrupts, line: InterruptLine): void => {
  const state = w.irqs.get(line.irq);
  const owned = state?.targets ?? new Set([0]);
  for (const [at, cpu] of shown.cpus.entries()) {
    const count = line.counts[at] as number;
    if (count === 0) continue;
    if (!owned.has(cpu)) {
      const had = [...owned].sort((a, b) => a - b).join(" ");
      refuse(w, line.text, C.dispatch, `irq ${line.irq} was counted ${count} times on CPU ${cpu}`, [
        `CPUs where the model gave it a vector: ${had || "none"}`,
      ]);
    }
    w.judge.count(C.dispatch);
  }
};

/** "IR-" stands before the chip of an interrupt that a remapping unit translates. */
const judgeChip = (w: World, line: InterruptLine, state: IrqState): void => {
  if (state.chip === "unknown" || state.remapping === "unknown") return;
  const expected = state.chip === "dmar" ? "" : state.remapping === "none" ? "" : "IR-";
  const found = line.chip.startsWith("IR-") ? "IR-" : "";
  if (found !== expected) {
    refuse(w, line.text, C.remappable, `the chip of irq ${line.irq} is ${line.chip}`, [
      `remapping in the model: ${state.remapping}`,
    ]);
  }
  w.judge.count(C.remappable);
};

const judgeLine = (w: World, shown: Interrupts, line: InterruptLine): void => {
  // Of the 8259, which has no part in the vector layer.
  if (line.chip === "XT-PIC") return;
  const state = w.irqs.get(line.irq);
  if (state === undefined && !isUntouchedLegacy(w, line.irq)) {
    refuse(w, line.text, C.released, `irq ${line.irq} is listed and not set up in the model`, []);
  }
  // A handler is asked for by a start, and a managed interrupt may wait for a CPU of its mask.
  if (state !== undefined && line.handlers !== "" && !state.activated && !state.isManaged) {
    refuse(w, line.text, C.released, `irq ${line.irq} has a handler and is not activated`, []);
  }
  w.judge.count(C.released);
  judgeCounts(w, shown, line);
  if (state !== undefined) judgeChip(w, line, state);
};

/**
 * Called once a record was followed to its end without a loss. Throws `Refusal` where the two
 * differ, InputError where the sidecar's lines have another form.
 */
export const judgeFinalOwners = (w: World, file: string): void => {
  const lines = w.sidecar.interrupts_after;
  // A guest that ended early leaves nothing or an empty line.
  if (lines === undefined || lines.every((line) => line.trim() === "")) return;
  const where = { file, field: "interrupts_after" };
  const shown = parseInterrupts(lines, where);
  const online = w.online.cpus;
  if (shown.cpus.join(" ") !== online.join(" ")) {
    throw new InputError(
      { file, field: "interrupts_after[0]" },
      `heads the columns of CPUs ${shown.cpus.join(" ")}, at the end of the record ` +
        `${online.join(" ")} are online`,
    );
  }
  for (const line of shown.lines) judgeLine(w, shown, line);
  const listed = new Set(shown.lines.map(({ irq }) => irq));
  for (const state of w.irqs.values()) {
    // Started: a handler was asked for, so the interrupt is listed even where it never came.
    if (state.started && !listed.has(state.irq)) {
      refuse(w, "", C.released, `irq ${state.irq} is started in the model and not listed`, [
        `vector ${state.vector} on CPU ${state.cpu}`,
      ]);
    }
  }
};
