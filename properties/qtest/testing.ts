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
