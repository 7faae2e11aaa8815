/** What the tests with a live QEMU share. They say that they are skipped, and why. */
import type { Command, Config, Response } from "../../spec/hardware/machine/vocabulary.js";
import { qemuEdu, qemuXhci } from "../../spec/hardware/pci/qemu.js";
import * as configs from "../hardware/machine/configs.js";
import { FULL, long } from "../testing.js";
import { NoQemu, type Probed, probeQemu } from "./probe.js";
import { Witness } from "./witness.js";

const probe = (): Probed | NoQemu => {
  try {
    return probeQemu();
  } catch (error) {
    if (error instanceof NoQemu) return error;
    throw error;
  }
};

const probed: Probed | NoQemu = FULL ? probe() : new NoQemu("not in the short run");
export const skipped = probed instanceof NoQemu;
const reason = probed instanceof NoQemu ? probed.message : "";
export const why = skipped ? (FULL ? ` (skipped: ${reason})` : long) : "";
export const qemu = probed as Probed;

/** Two CPUs, and the two functions whose every event can be brought about. */
export const plain: Config = {
  ...configs.qemuShapes,
  functions: [qemuEdu, qemuXhci],
};

/** What a fresh QEMU machine answers to these commands. */
export const runMachine = async (
  config: Config,
  commands: readonly Command[],
): Promise<Response[]> => {
  const witness = new Witness(qemu);
  try {
    await witness.configure(config);
    const answers: Response[] = [];
    for (const command of commands) answers.push(await witness.command(command));
    return answers;
  } finally {
    witness.stop();
  }
};

/** A write to configuration space of function `unit`. */
export const configWrite = (
  unit: number,
  offset: number,
  width: 1 | 2 | 4,
  value: number,
): Command => ({
  kind: "write",
  space: "config",
  unit,
  bar: 0,
  offset,
  width,
  value,
});

/** Stores an Intel entry of the table that `remapOn` names; `dest` is an xAPIC id. */
export const irte = (
  index: number,
  low: number,
  dest: number,
  source: number,
): readonly Command[] =>
  [low, dest << 8, source, 0].map((value, i) => ({
    kind: "write",
    space: "memory",
    unit: 0,
    bar: 0,
    offset: 0x10000 + 16 * index + 4 * i,
    width: 4,
    value,
  }));
/** A write to a register of the remapping unit. */
const unit = (offset: number, value: number): Command => ({
  kind: "write",
  space: "remapping",
  unit: 0,
  bar: 0,
  offset,
  width: 4,
  value,
});
/** IRTA: 16 entries at 0x10000. GCMD: SIRTP, IRE. */
export const remapOn: readonly Command[] = [unit(0xb8, 0x10003), unit(0x18, 0x03000000)];
