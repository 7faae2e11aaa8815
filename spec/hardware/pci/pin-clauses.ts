/** Power, bus mastering and the interrupt pin. */
import type { Clause } from "../../core/clause.js";
import { pcie } from "../../core/source.js";
import { type MachineTransition, sameWords, sentOf, writeTo } from "../machine/judging.js";
import type { FunctionView } from "../machine/vocabulary.js";
import type { FunctionShape } from "../shape.js";
import {
  ENTRY_CONTROL,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSI_MME,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
} from "./capabilities.js";
import {
  COMMAND,
  INTERRUPT_STATUS,
  INTX_DISABLE,
  isMemory,
  MEMORY_DECODE,
  STATUS,
} from "./header.js";
import {
  clause,
  eventOf,
  masters,
  msiControl,
  msixControl,
  register,
  sentBy,
  subjectOf,
  useOf,
} from "./judging.js";

type T = MachineTransition;

const pinMay = (shape: FunctionShape, fn: FunctionView): boolean =>
  fn.powered &&
  (register(fn, STATUS, 2) & INTERRUPT_STATUS) !== 0 &&
  (register(fn, COMMAND, 2) & INTX_DISABLE) === 0 &&
  useOf(shape, fn) === "none";

/** A write within a memory BAR while memory is not decoded. */
const blindWrite = (t: T): boolean => {
  const c = writeTo(t, "bar");
  const s = subjectOf(t);
  const bar = c && s?.shape.bars[c.bar];
  return (
    bar !== undefined &&
    isMemory(bar) &&
    s?.before.powered === true &&
    (register(s.before, COMMAND, 2) & MEMORY_DECODE) === 0
  );
};

const isReset = (shape: FunctionShape, fn: FunctionView): boolean => {
  if (!fn.powered || fn.msiPending !== 0 || fn.pending.some((word) => word !== 0)) return false;
  for (let at = ENTRY_CONTROL; at < fn.table.length; at += 4) {
    if (((fn.table[at] as number) & ENTRY_MASKED) === 0) return false;
  }
  return (
    (msiControl(shape, fn) & (MSI_ENABLE | MSI_MME)) === 0 &&
    (msixControl(shape, fn) & (MSIX_ENABLE | MSIX_FUNCTION_MASK)) === 0 &&
    (register(fn, STATUS, 2) & INTERRUPT_STATUS) === 0
  );
};

const usesPin = (t: T) => {
  const s = subjectOf(t);
  if (s === undefined || eventOf(t) < 0 || !s.before.powered) return undefined;
  return useOf(s.shape, s.before) === "none" ? s : undefined;
};

const interruptStatus = (fn: FunctionView): boolean =>
  (register(fn, STATUS, 1) & INTERRUPT_STATUS) !== 0;

export const pinClauses: readonly Clause<T>[] = [
  clause(
    "HW-PCI-5",
    "a function that gets power has nothing enabled, nothing pending and every MSI-X entry masked",
    [pcie("7.7.1.2 MSI enable"), pcie("7.7.2.2 MSI-X enable"), pcie("7.7.2.8 vector control")],
    ["config", "tables"],
    ["power"],
    (t) => t.command.kind === "power" && t.command.on && subjectOf(t)?.before.powered === false,
    (t) => {
      const s = subjectOf(t);
      return s !== undefined && isReset(s.shape, s.shown);
    },
  ),
  clause(
    "HW-PCI-6",
    "without bus mastering, or without power, a function sends nothing",
    [pcie("7.5.1.1.3 bus master enable"), pcie("6.1.4 MSI and MSI-X")],
    ["bus", "config"],
    ["write", "event", "power"],
    (t) => {
      const s = subjectOf(t);
      return s !== undefined && !masters(s.shown);
    },
    (t) => sentBy(t).length === 0,
  ),
  clause(
    "HW-PCI-7",
    "while memory is not decoded a write to a memory BAR reaches nothing",
    [pcie("7.5.1.1.3 memory space enable")],
    ["tables"],
    ["write"],
    blindWrite,
    (t) => {
      const s = subjectOf(t);
      return (
        s !== undefined &&
        sameWords(s.before.table, s.shown.table) &&
        sameWords(s.before.pending, s.shown.pending)
      );
    },
  ),
  clause(
    "HW-PCI-8",
    "the pin is asserted exactly while Interrupt Status is set, INTx is not disabled, and neither MSI nor MSI-X is enabled",
    [pcie("7.5.1.1.3 interrupt disable"), pcie("7.5.1.1.4 interrupt status"), pcie("6.1.4")],
    ["config", "bus"],
    ["write", "event", "quiet", "power"],
    (t) => {
      const s = subjectOf(t);
      if (s === undefined || useOf(s.shape, s.shown) === "open") return false;
      return interruptStatus(s.shown) || s.before.line || s.shown.line;
    },
    (t) => {
      const s = subjectOf(t);
      return s !== undefined && s.shown.line === pinMay(s.shape, s.shown);
    },
  ),
  clause(
    "HW-PCI-9",
    "an event while neither MSI nor MSI-X is enabled sends no message and, where there is a pin, sets Interrupt Status",
    [pcie("7.5.1.1.4 interrupt status"), pcie("6.1.4 MSI and MSI-X")],
    ["config", "bus"],
    ["event"],
    (t) => usesPin(t) !== undefined,
    (t) => {
      const s = usesPin(t);
      return (
        s !== undefined &&
        sentOf(t).length === 0 &&
        interruptStatus(s.shown) === (s.shape.pin !== 0 || interruptStatus(s.before))
      );
    },
  ),
  clause(
    "HW-PCI-10",
    "an event while MSI or MSI-X is enabled does not assert the pin",
    [pcie("7.7.1.2 MSI enable"), pcie("7.7.2.2 MSI-X enable")],
    ["bus"],
    ["event"],
    (t) => {
      const s = subjectOf(t);
      const use = s === undefined ? "open" : useOf(s.shape, s.before);
      return use === "msi" || use === "msix";
    },
    (t) => subjectOf(t)?.shown.line === false,
  ),
  clause(
    "HW-PCI-11",
    "when the cause of a pin interrupt is gone, Interrupt Status is clear",
    [pcie("7.5.1.1.4 interrupt status"), pcie("6.1.2 INTx")],
    ["config"],
    ["quiet"],
    (t) => {
      const s = subjectOf(t);
      return s?.before.powered === true && interruptStatus(s.before);
    },
    (t) => {
      const s = subjectOf(t);
      return s !== undefined && !interruptStatus(s.shown);
    },
  ),
];
