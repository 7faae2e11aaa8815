/** Faults of the way from functions to local APICs, and of what happens to messages on it. */

import { withBit } from "../../../models/hardware/local-apic/index.js";
import {
  arrive,
  cpuEoi,
  type Machine,
  phantom,
  step,
  toApics,
  withApic,
} from "../../../models/hardware/machine/index.js";
import { compatibilityTarget } from "../../../models/hardware/remapping/index.js";
import { inWindow } from "../../../spec/hardware/machine/path.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import { after, contract, type MachineFault } from "../pci/fault-kit.js";
import * as configs from "./configs.js";

/** The machine with every new request at the CPU after the one it was for. */
const shifted = (before: Machine, m: Machine): Machine => {
  let next = m;
  for (const { cpu, vector } of m.log.arrived) {
    const wrong = (cpu + 1) % m.apics.length;
    for (const [at, on] of [
      [cpu, false],
      [wrong, true],
    ] as const) {
      const apic = next.apics[at];
      const untouched = before.apics[at];
      if (apic === undefined || untouched === undefined) continue;
      next = withApic(next, at, { ...apic, irr: withBit(apic.irr, vector, on) });
    }
  }
  return next;
};

const small: Config = { ...configs.kinds, apicIds: [0, 2] };

export const pathFaults: readonly MachineFault[] = [
  contract(
    "HW-PATH-1",
    "next-cpu-interrupted",
    "the destination is taken for the number of the CPU before the one with that id",
    after((_config, before, _command, right) =>
      right.state.log.arrived.length === 0
        ? right
        : { ...right, state: shifted(before, right.state) },
    ),
    { config: configs.msiShapes },
  ),
  contract(
    "HW-PATH-2",
    "stray-at-power-on",
    "a function that gets power sends a message nobody programmed",
    after((config, _before, command, right) =>
      command.kind === "power" && command.on
        ? { ...right, state: phantom(config, right.state, 0, 0x20) }
        : right,
    ),
    { config: small },
  ),
  contract(
    "HW-PATH-3",
    "lost-message-arrives",
    "a message that is lost arrives all the same",
    after((config, before, _command, right) => {
      const [first] = right.state.log.sent;
      return before.mishap === "lose" && first !== undefined
        ? { ...right, state: arrive(config, right.state, first) }
        : right;
    }),
    { config: configs.tinyMishaps },
  ),
  contract(
    "HW-PATH-4",
    "late-message-dropped",
    "a late message is not kept at all",
    after((_config, before, _command, right) =>
      right.state.held.length > before.held.length
        ? { ...right, state: { ...right.state, held: before.held } }
        : right,
    ),
    { config: configs.tinyMishaps },
  ),
  contract(
    "HW-PATH-5",
    "released-message-stays",
    "a late message that arrives is kept, and arrives again",
    after((_config, before, command, right) =>
      command.kind === "release"
        ? { ...right, state: { ...right.state, held: before.held } }
        : right,
    ),
    { config: configs.tinyMishaps },
  ),
  contract(
    "HW-PATH-6",
    "window-not-compared",
    "a write to ordinary memory raises an interrupt as if its address were in the window",
    after((config, _before, command, right) => {
      if (command.kind !== "inject") return right;
      const { addressLo, addressHi, data } = command;
      const message = { addressLo, addressHi, data };
      if (inWindow(message)) return right;
      const target = { ...compatibilityTarget(message), dest: config.apicIds[0] ?? 0 };
      return { ...right, state: toApics(config, right.state, target) };
    }),
    { config: configs.apicsAlone },
  ),
  contract(
    "HW-PATH-7",
    "function-number-not-decoded",
    "a write to configuration space reaches the function after it too",
    after((config, _before, command, right) => {
      if (command.kind !== "write" || command.space !== "config") return right;
      const next = step(config, right.state, { ...command, unit: command.unit + 1 });
      return { ...right, state: { ...next.state, log: right.state.log } };
    }),
    { config: configs.msiShapes },
  ),
  contract(
    "HW-PATH-8",
    "eoi-of-every-cpu",
    "an EOI ends the interrupt in service on every CPU",
    after((_config, before, command, right) => {
      if (command.kind !== "eoi") return right;
      const cpus = before.apics.map((_apic, cpu) => cpu).filter((cpu) => cpu !== command.cpu);
      return { ...right, state: cpus.reduce(cpuEoi, right.state) };
    }),
    { config: { ...configs.apicsAlone, apicIds: [0, 1] } },
  ),
  contract(
    "HW-PATH-9",
    "eoi-releases-lines",
    "an EOI releases the interrupt lines of functions",
    after((_config, _before, command, right) => {
      if (command.kind !== "eoi") return right;
      const functions = right.state.functions.map((fn) => (fn.line ? { ...fn, line: false } : fn));
      return { ...right, state: { ...right.state, functions } };
    }),
    { config: small },
  ),
  contract(
    "HW-PATH-10",
    "copy-counts-on",
    "the second copy of a message that comes twice has the next vector",
    after((config, before, _command, right) => {
      const [first] = right.state.log.sent;
      if (before.mishap !== "duplicate" || first === undefined) return right;
      const { message } = first;
      const copy = { ...first, message: { ...message, data: message.data ^ 1 } };
      return { ...right, state: arrive(config, right.state, copy) };
    }),
    { config: configs.tinyMishaps },
  ),
  contract(
    "HW-PATH-11",
    "remapped-to-next-cpu",
    "behind a remapping unit the destination is taken for the number of the CPU before it",
    after((_config, before, command, right) =>
      command.kind !== "event" || before.unit === undefined
        ? right
        : { ...right, state: shifted(before, right.state) },
    ),
    { config: { ...configs.tinyIntel, apicIds: [0, 2] } },
  ),
];
