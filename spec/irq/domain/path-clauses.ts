/** E2E-1 to E2E-10: the whole path, from the device's event to the end of its handler. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie, rule, sdm } from "../../core/source.js";
import { SLOT_SHUTDOWN } from "../vector-matrix/assignment/vocabulary.js";
import {
  canRun,
  cpuOf,
  type DomainTransition,
  everyIrq,
  irqOf,
  isLatched,
  isRequested,
  isZero,
  runStart,
  seen,
  someIrq,
  takenSlot,
} from "./judging.js";
import { deviceOf, maskable } from "./platform.js";

type T = DomainTransition;

const task = "T1.4";
const level = "contract" as const;

/** The device raises, nothing holds it back and nothing befalls its message. */
const free = (t: T): boolean => {
  if (t.command.kind !== "event" || t.command.fate !== "sent") return false;
  const { irq } = t.command;
  const entry = t.before.irq(irq);
  if (entry === undefined || entry.vector === 0 || entry.stranded) return false;
  if (!canRun(t.before, irq)) return false;
  return t.before.hardware.enabled(irq) && !t.before.hardware.masked(irq);
};

/** The event arrives as a request at the interrupt's own pair and nowhere else. */
const arrivesHome = (t: T): boolean => {
  const irq = irqOf(t);
  const entry = t.before.irq(irq);
  if (entry === undefined || t.after.hardware.sent !== 1) return false;
  const { arrived } = t.after.hardware;
  if (arrived.some((a) => a.cpu !== entry.cpu || a.vector !== entry.vector)) return false;
  return t.after.hardware.requested(entry.cpu, entry.vector);
};

const owed = (t: T, irq: number): boolean =>
  t.after.desc(irq)?.owed === true && canRun(t.after, irq);

/** The interrupt has another pair than before, in a command that moves it. */
const moved = (t: T, irq: number): boolean => {
  const was = t.before.irq(irq);
  const is = t.after.irq(irq);
  if (was === undefined || is === undefined || was.vector === 0 || is.vector === 0) return false;
  return was.cpu !== is.cpu || was.vector !== is.vector;
};

const movedOwing = (t: T): number => {
  if (t.command.kind === "cpuDown" || t.command.kind === "cpuUp") return -1;
  const irq =
    t.response.kind === "running" || t.response.kind === "held" ? t.response.irq : irqOf(t);
  return irq >= 0 && moved(t, irq) && owed(t, irq) ? irq : -1;
};

/** Interrupts with an event behind them whose CPU went down. */
const evictedOwing = (t: T): readonly number[] => {
  const { command } = t;
  if (command.kind !== "cpuDown" || t.response.kind !== "moved") return [];
  const found: number[] = [];
  everyIrq(t.config, (irq) => {
    const was = t.before.irq(irq);
    const here =
      was?.cpu === command.cpu || (was?.prevVector !== 0 && was?.prevCpu === command.cpu);
    if (here && owed(t, irq) && isRequested(t.before, irq)) found.push(irq);
    return true;
  });
  return found;
};

const isMaskable = (t: T): boolean => {
  const device = deviceOf(t.config, irqOf(t));
  return device !== undefined && maskable(device);
};

export const pathClauses: readonly Clause<T>[] = [
  {
    id: "E2E-1",
    title: "an event of a started interrupt requests its vector on the CPU of its affinity",
    level,
    kind: "step",
    source: [pcie("6.1.4"), rule("message, entry, local APIC, vector: one path")],
    task,
    on: ["event"],
    applies: free,
    holds: arrivesHome,
  },
  {
    id: "E2E-2",
    title: "the handler runs on a CPU that the interrupt is at, or came from",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/apic/vector.c:apic_update_vector")],
    task,
    on: ["take", "resume"],
    requires: ["alloc", "startup"],
    applies: (t) => runStart(t) !== undefined,
    holds: (t) => {
      const entry = t.before.irq(runStart(t)?.irq ?? -1);
      if (entry === undefined) return false;
      return entry.cpu === cpuOf(t) || (entry.prevVector !== 0 && entry.prevCpu === cpuOf(t));
    },
  },
  {
    id: "E2E-3",
    title: "no event is lost: until a run follows it, something remembers it",
    level,
    kind: "timed duty",
    source: [rule("an event of a started interrupt is followed by a run of its handler")],
    task,
    requires: ["alloc", "startup"],
    applies: (t) => someIrq(t.config, (irq) => owed(t, irq)),
    holds: (t) => everyIrq(t.config, (irq) => !owed(t, irq) || isLatched(t.config, seen(t), irq)),
  },
  {
    id: "E2E-4",
    title: "no event is delivered twice: a handler does not run more often than events came",
    level,
    kind: "step",
    source: [rule("coalesced events may share a run, one event never has two")],
    task,
    on: ["take", "handled", "resume"],
    requires: ["alloc", "startup"],
    applies: (t) => runStart(t) !== undefined,
    holds: (t) => (runStart(t)?.desc?.spare ?? 0) > 0,
  },
  {
    id: "E2E-5",
    title: "what was in flight when its owner ended runs no handler and is counted",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/apic/vector.c:clear_irq_vector")],
    task,
    on: ["take"],
    needs: ["counters"],
    applies: (t) => takenSlot(t) === SLOT_SHUTDOWN,
    holds: (t) =>
      t.response.kind === "stray" &&
      seen(t).cpu(cpuOf(t)).spurious !== t.before.cpu(cpuOf(t)).spurious,
  },
  {
    id: "E2E-6",
    title: "masking an interrupt that can be masked masks its device",
    level,
    kind: "step",
    source: [linux("drivers/pci/msi/irqdomain.c:pci_irq_mask_msix")],
    task,
    on: ["mask"],
    applies: (t) => t.response.kind === "done" && isMaskable(t),
    holds: (t) => t.after.hardware.masked(irqOf(t)),
  },
  {
    id: "E2E-6-U",
    title: "unmasking sends what waited, once, to the interrupt's own pair",
    level,
    kind: "step",
    source: [pcie("6.1.4.5"), linux("drivers/pci/msi/irqdomain.c:pci_irq_unmask_msix")],
    task,
    on: ["unmask", "enable"],
    applies: (t) =>
      t.response.kind === "done" &&
      t.before.hardware.pending(irqOf(t)) &&
      t.before.hardware.enabled(irqOf(t)) &&
      canRun(t.after, irqOf(t)) &&
      t.after.irq(irqOf(t))?.stranded === false,
    holds: (t) => {
      const entry = t.after.irq(irqOf(t));
      return (
        entry !== undefined &&
        !t.after.hardware.pending(irqOf(t)) &&
        t.after.hardware.requested(entry.cpu, entry.vector) &&
        t.after.hardware.sent === 1
      );
    },
  },
  {
    id: "E2E-7",
    title: "an event around a move is not lost",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/apic/msi.c:msi_set_affinity")],
    task,
    on: ["take", "resume", "setAffinity"],
    requires: ["alloc", "startup"],
    applies: (t) => movedOwing(t) >= 0,
    holds: (t) => isLatched(t.config, seen(t), movedOwing(t)),
  },
  {
    id: "E2E-8",
    title: "what waits in the local APIC of a CPU that goes down is sent after its interrupt",
    level,
    kind: "step",
    source: [
      linux("arch/x86/kernel/irq.c:fixup_irqs"),
      sdm("Local APIC State After It Has Been Software Disabled"),
    ],
    task,
    on: ["cpuDown"],
    applies: (t) => evictedOwing(t).length > 0,
    holds: (t) => evictedOwing(t).every((irq) => isLatched(t.config, seen(t), irq)),
  },
  {
    id: "E2E-9",
    title: "stray interrupts and ticks are counted on their CPU, each once",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/irq.c:arch_show_interrupts")],
    task,
    on: ["take", "spurious"],
    needs: ["counters"],
    applies: (t) => t.response.kind === "stray" || t.response.kind === "tick",
    holds: (t) => {
      const part = seen(t).cpu(cpuOf(t));
      const right = t.after.cpu(cpuOf(t));
      return part.spurious === right.strays && part.ticks === right.expired;
    },
  },
  {
    id: "E2E-10",
    title: "an event of a device whose interrupt was released reaches no CPU",
    level,
    kind: "step",
    source: [pcie("6.1.4"), rule("what nobody owns interrupts nobody")],
    task,
    on: ["event"],
    applies: (t) =>
      t.command.kind === "event" &&
      t.before.desc(irqOf(t)) === undefined &&
      (t.before.hardware.enabled(irqOf(t)) || !isZero(t.before.hardware.message(irqOf(t)))),
    holds: (t) => t.after.hardware.arrived.length === 0,
  },
];
