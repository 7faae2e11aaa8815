/** What seeded faults of PCI functions are built from: another reaction of the named function. */
import {
  deliverAll,
  type Machine,
  quieted,
  withFunction,
} from "../../../models/hardware/machine/index.js";
import * as pci from "../../../models/hardware/pci/index.js";
import { functionNamed } from "../../../spec/hardware/machine/judging.js";
import type {
  Command,
  CommandKind,
  Config,
  Response,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";

export type MachineFault = Fault<Config, Machine, Command, Response, View>;
export const { after, contract } = faultKit<Config, Machine, Command, Response, View>();

/** A command that names a function, and what the function does on it. */
export type Act = {
  readonly config: Config;
  readonly command: Command;
  readonly shape: FunctionShape;
  readonly before: pci.PciFunction;
  readonly right: pci.Reaction;
};

/** What the function itself does, by the model. */
export const reactionTo = (
  shape: FunctionShape,
  fn: pci.PciFunction,
  c: Command,
): pci.Reaction | undefined => {
  switch (c.kind) {
    case "write":
      if (c.offset % c.width !== 0) return undefined;
      return c.space === "config"
        ? pci.writeConfig(shape, fn, c.offset, c.width, c.value)
        : pci.writeBar(shape, fn, c.bar, c.offset, c.width, c.value);
    case "event":
      return pci.raise(shape, fn, c.vector);
    case "quiet":
      return { fn: pci.satisfy(shape, fn, c.vector), sent: [] };
    case "power":
      return { fn: pci.power(shape, fn, c.on), sent: [] };
    default:
      return undefined;
  }
};

/** Changes what a function does on these commands; its messages take the whole way. */
export const reacting = (kinds: readonly CommandKind[], change: (act: Act) => pci.Reaction) =>
  after((config, machine, command, right) => {
    const fn = kinds.includes(command.kind) ? functionNamed(command) : -1;
    const shape = config.functions[fn];
    const before = machine.functions[fn];
    if (shape === undefined || before === undefined) return right;
    const usual = reactionTo(shape, before, command);
    if (usual === undefined) return right;
    const changed = change({ config, command, shape, before, right: usual });
    if (changed === usual) return right;
    const silent = withFunction(quieted(machine), fn, changed.fn);
    return { ...right, state: deliverAll(config, silent, fn, changed.sent) };
  });

/** The function with bytes of its configuration space set, whatever a write may change. */
export const poke = (
  fn: pci.PciFunction,
  offset: number,
  width: number,
  value: number,
): pci.PciFunction => {
  const config = fn.config.slice();
  for (let i = 0; i < width; i++) config[offset + i] = value >>> (8 * i);
  return { ...fn, config };
};

export const configWrite = (c: Command) =>
  c.kind === "write" && c.space === "config" ? c : undefined;
export const barWrite = (c: Command) => (c.kind === "write" && c.space === "bar" ? c : undefined);
export const eventNumber = (c: Command): number => (c.kind === "event" ? c.vector : -1);

export const flip = (words: Int32Array, i: number): Int32Array => {
  const next = words.slice();
  next[i >>> 5] = (next[i >>> 5] ?? 0) ^ (1 << (i & 31));
  return next;
};

export const hasBit = (words: Int32Array, i: number): boolean =>
  (((words[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;

export const using = (shape: FunctionShape, fn: pci.PciFunction): pci.Signalling =>
  pci.signalling(pci.layoutOf(shape), fn);

/** The same function as if it might master the bus. */
export const mastering = (fn: pci.PciFunction): pci.PciFunction =>
  poke(fn, 4, 1, (fn.config[4] as number) | 4);
