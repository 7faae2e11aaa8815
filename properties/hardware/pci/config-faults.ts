/** Faults of configuration space, power, bus mastering and the pin. */
import { withFunction } from "../../../models/hardware/machine/index.js";
import * as pci from "../../../models/hardware/pci/index.js";
import { functionNamed } from "../../../spec/hardware/machine/judging.js";
import { capabilityRegisters } from "../../../spec/hardware/pci/capabilities.js";
import { maskableMsi, mixed, pins, plainMsi, smallMsix } from "./configs.js";
import {
  after,
  barWrite,
  configWrite,
  contract,
  type MachineFault,
  mastering,
  poke,
  reacting,
  reactionTo,
  using,
} from "./fault-kit.js";

const byte = (fn: pci.PciFunction, offset: number): number => fn.config[offset] as number;

export const configFaults: readonly MachineFault[] = [
  contract(
    "HW-PCI-1",
    "capability-header-writable",
    "id and next pointer of a capability take what is written",
    reacting(["write"], ({ command, shape, right }) => {
      const c = configWrite(command);
      if (c === undefined) return right;
      const { offset, width, value } = c;
      const headers = capabilityRegisters(shape).filter(
        (r) => r.width === 1 && r.offset >= offset && r.offset < offset + width,
      );
      const write = (fn: pci.PciFunction, at: number): pci.PciFunction =>
        poke(fn, at, 1, value >>> (8 * (at - offset)));
      return { ...right, fn: headers.reduce((fn, r) => write(fn, r.offset), right.fn) };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-PCI-1",
    "write-fills-the-word",
    "a write of one or two bytes is carried out as one of the whole word",
    reacting(["write"], ({ command, shape, before, right }) => {
      const c = configWrite(command);
      if (c === undefined || c.width === 4) return right;
      const shift = 8 * (c.offset % 4);
      const word = (c.value << shift) >>> 0;
      return pci.writeConfig(shape, before, c.offset - (c.offset % 4), 4, word);
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-PCI-2",
    "intx-disable-hardwired",
    "INTx Disable of the command register keeps its reset value",
    reacting(["write"], ({ command, before, right }) => {
      const c = configWrite(command);
      if (c === undefined || c.offset > 5 || c.offset + c.width <= 5) return right;
      const kept = (byte(before, 5) & 4) | (byte(right.fn, 5) & ~4);
      return { ...right, fn: poke(right.fn, 5, 1, kept) };
    }),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-2",
    "byte-writes-lost",
    "configuration writes of one byte are dropped",
    reacting(["write"], ({ command, before, right }) =>
      configWrite(command)?.width === 1 ? { fn: before, sent: [] } : right,
    ),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-3",
    "bar-reads-half-its-size",
    "one more address bit of a base address register is writable than its size allows",
    reacting(["write"], ({ command, shape, right }) => {
      const c = configWrite(command);
      const i = c === undefined ? -1 : (c.offset - 0x10) / 4;
      const bar = shape.bars[i];
      if (c === undefined || bar === undefined || bar.size === 0 || c.width !== 4) return right;
      const value = pci.readConfig(shape, right.fn, c.offset, 4) | (c.value & (bar.size / 2));
      return { ...right, fn: poke(right.fn, c.offset, 4, value) };
    }),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-3",
    "bar-kind-lost",
    "all ones written to a base address register clear its kind",
    reacting(["write"], ({ command, shape, right }) => {
      const c = configWrite(command);
      const bar = c && shape.bars[(c.offset - 0x10) / 4];
      if (bar === undefined || c?.value !== 0xffffffff || bar.size === 0) return right;
      return { ...right, fn: poke(right.fn, c.offset, 1, byte(right.fn, c.offset) & ~7) };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-PCI-4",
    "decoder-ignores-the-device",
    "a configuration write to one function reaches the first as well",
    after((config, _before, command, right) => {
      const c = configWrite(command);
      const shape = config.functions[0];
      const first = right.state.functions[0];
      if (c === undefined || c.unit === 0 || shape === undefined || first === undefined)
        return right;
      const hit = reactionTo(shape, first, { ...c, unit: 0 });
      if (hit === undefined) return right;
      return { ...right, state: withFunction(right.state, 0, hit.fn) };
    }),
    { config: mixed },
  ),
  contract(
    "HW-PCI-5",
    "table-survives-power",
    "MSI-X entries and pending bits keep what they held when power comes back",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const right = model.step(config, state, command);
        if (command.kind !== "power") return right;
        const fn = functionNamed(command);
        const before = state.functions[fn];
        const now = right.state.functions[fn];
        if (before === undefined || now === undefined) return right;
        const { table, pending } = before;
        return { ...right, state: withFunction(right.state, fn, { ...now, table, pending }) };
      },
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-PCI-6",
    "bus-master-ignored",
    "messages are sent although bus mastering is off",
    reacting(["event"], ({ command, shape, before, right }) => {
      const sent = reactionTo(shape, mastering(before), command)?.sent ?? [];
      return sent.length > right.sent.length ? { ...right, sent } : right;
    }),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-7",
    "memory-decode-ignored",
    "memory BARs are written although memory is not decoded",
    reacting(["write"], ({ command, shape, before, right }) => {
      const c = barWrite(command);
      if (c === undefined || (byte(before, 4) & 2) !== 0) return right;
      const open = poke(before, 4, 1, byte(before, 4) | 2);
      const { fn, sent } = reactionTo(shape, open, command) ?? right;
      return { sent, fn: poke(fn, 4, 1, byte(before, 4)) };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-PCI-8",
    "intx-disable-ignored",
    "the pin follows Interrupt Status whatever INTx Disable says",
    reacting(["write", "event"], ({ shape, right }) => {
      const line = pci.intxPending(right.fn) && using(shape, right.fn) === "intx";
      return line === right.fn.line ? right : { ...right, fn: { ...right.fn, line } };
    }),
    { config: pins },
  ),
  contract(
    "HW-PCI-8",
    "pin-stays-under-msi",
    "enabling MSI leaves the pin asserted",
    reacting(["write"], ({ before, right }) =>
      before.line && !right.fn.line ? { ...right, fn: { ...right.fn, line: true } } : right,
    ),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-9",
    "message-while-disabled",
    "an event sends the message in the registers although MSI is not enabled",
    reacting(["event"], ({ command, shape, before, right }) => {
      if (using(shape, before) !== "intx" || command.kind !== "event") return right;
      return { ...right, sent: [pci.msiMessage(pci.layoutOf(shape), before, 0)] };
    }),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-9",
    "interrupt-status-follows-disable",
    "Interrupt Status is not set while INTx is disabled",
    reacting(["event"], ({ before, right }) =>
      (byte(before, 5) & 4) !== 0 && !pci.intxPending(before) ? { ...right, fn: before } : right,
    ),
    { config: pins },
  ),
  contract(
    "HW-PCI-10",
    "pin-beside-message",
    "an event asserts the pin although MSI is enabled",
    reacting(["event"], ({ shape, before, right }) =>
      using(shape, before) === "intx" || shape.pin === 0
        ? right
        : { ...right, fn: { ...right.fn, line: true } },
    ),
    { config: plainMsi },
  ),
  contract(
    "HW-PCI-11",
    "pin-stuck",
    "an interrupt by pin stays pending after it was served",
    reacting(["quiet"], ({ shape, before, right }) =>
      using(shape, before) === "intx" ? { ...right, fn: before } : right,
    ),
    { config: pins },
  ),
];
