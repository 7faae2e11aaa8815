/** The machine as a model: every command, what it answers and what it leaves. */
import type { Outcome } from "../../../spec/core/model.js";
import type { Command, Config, Response } from "../../../spec/hardware/machine/vocabulary.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { type PciFunction, power, satisfy } from "../pci/index.js";
import { readAt, writeAt } from "./access.js";
import { cpuAcknowledge, cpuEoi, cpuTake, pass, readApic, writeApic } from "./cpu.js";
import { arrive, fire, phantom, release } from "./path.js";
import { type Machine, quieted, withFunction } from "./state.js";

export type MachineOutcome = Outcome<Machine, Response>;

const done: Response = { kind: "done" };
const refused: Response = { kind: "refused" };

const after = (state: Machine): MachineOutcome => ({ state, response: done });

const changed = (
  config: Config,
  m: Machine,
  fn: number,
  change: (shape: FunctionShape, fn: PciFunction) => PciFunction,
): Machine => {
  const shape = config.functions[fn];
  const before = m.functions[fn];
  return shape === undefined || before === undefined
    ? m
    : withFunction(m, fn, change(shape, before));
};

const written = (m: Machine, state: Machine | undefined): MachineOutcome =>
  state === undefined ? { state: m, response: refused } : after(state);

const answered = (state: Machine, value: number | undefined): MachineOutcome => ({
  state,
  response: value === undefined ? refused : { kind: "value", value },
});

export const step = (config: Config, before: Machine, c: Command): MachineOutcome => {
  const m = quieted(before);
  switch (c.kind) {
    case "read":
      return answered(m, readAt(config, m, c));
    case "write":
      return written(m, writeAt(config, m, c));
    case "readApic":
      return answered(m, readApic(m, c.cpu, c.offset));
    case "writeApic":
      return written(m, writeApic(config, m, c.cpu, c.offset, c.value));
    case "event":
      return after(fire(config, m, c.fn, c.vector));
    case "quiet":
      return after(changed(config, m, c.fn, (shape, fn) => satisfy(shape, fn, c.vector)));
    case "inject": {
      const { requester, addressLo, addressHi, data } = c;
      return after(arrive(config, m, { requester, message: { addressLo, addressHi, data } }));
    }
    case "take":
      return cpuTake(m, c.cpu);
    case "acknowledge":
      return cpuAcknowledge(m, c.cpu);
    case "eoi":
      return after(cpuEoi(m, c.cpu));
    case "advance":
      return after(pass(m, c.cycles));
    case "power":
      return after(changed(config, m, c.fn, (shape, fn) => power(shape, fn, c.on)));
    case "lose":
    case "hold":
    case "duplicate":
      return after(m.mishap === c.kind ? m : { ...m, mishap: c.kind });
    case "release": {
      const state = release(config, m, c.nth);
      return state === m ? { state: m, response: refused } : after(state);
    }
    case "phantom":
      return after(phantom(config, m, c.cpu, c.vector));
  }
};
