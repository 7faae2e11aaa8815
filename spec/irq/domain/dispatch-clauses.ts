/** DISP-1 to DISP-6, DISP-8, DISP-9: from the vector to the handler and back. */
import type { Clause } from "../../core/clause.js";
import { linux, rule, sdm } from "../../core/source.js";
import { SLOT_UNUSED } from "../vector-matrix/assignment/vocabulary.js";
import {
  canRun,
  cpuOf,
  type DomainTransition,
  irqOf,
  isDeviceVector,
  isLatched,
  meanings,
  runStart,
  seen,
  takenSlot,
} from "./judging.js";
import { type CpuPart, SPURIOUS_VECTOR, TIMER_VECTOR } from "./vocabulary.js";

type T = DomainTransition;

const task = "T1.4";
const level = "contract" as const;
const chip = "kernel/irq/chip.c";
const entry = "arch/x86/kernel/irq.c";
const spurious = "kernel/irq/spurious.c";

const isIdle = (part: CpuPart): boolean => part.running < 0 && part.waiting < 0;

/** The CPU that took or ended something in this command, -1 none. */
const serving = (t: T): number => {
  switch (t.command.kind) {
    case "take":
    case "handled":
    case "resume":
    case "spurious":
      return t.command.cpu;
    case "line":
      for (let cpu = 0; cpu < t.config.apicIds.length; cpu++) {
        if (t.before.vectors.online(cpu)) return cpu;
      }
      return -1;
    default:
      return -1;
  }
};

const eoisOn = (t: T, cpu: number): number =>
  meanings(t).filter((m) => m.kind === "eoi" && m.cpu === cpu).length;

/** Interrupts taken and ends signalled agree everywhere, and the local APIC shows it. */
const balanced = (t: T): boolean => {
  for (let cpu = 0; cpu < t.config.apicIds.length; cpu++) {
    const part = t.after.cpu(cpu);
    if (part.open < 0 || part.open > 1) return false;
    if (isIdle(part) && part.open !== 0) return false;
  }
  const cpu = serving(t);
  return !isIdle(t.after.cpu(cpu)) || t.after.hardware.inService(cpu).length === 0;
};

/** The run that this command ends: its interrupt, and whether it came once more meanwhile. */
const ended = (t: T): number => {
  if (t.command.kind !== "handled") return -1;
  return t.before.cpu(t.command.cpu).running;
};

const cameMeanwhile = (t: T): boolean => {
  const irq = ended(t);
  return irq >= 0 && t.before.desc(irq)?.owed === true && canRun(t.before, irq);
};

/** A device vector is taken whose interrupt must not run its handler now. */
const takenDisabled = (t: T): boolean => {
  const slot = takenSlot(t);
  return slot !== undefined && slot >= 0 && !canRun(t.before, slot);
};

/** A disabled interrupt with an event behind it becomes enabled. */
const enabledOwing = (t: T): boolean => {
  const irq = irqOf(t);
  return (
    t.command.kind === "enable" &&
    !canRun(t.before, irq) &&
    canRun(t.after, irq) &&
    t.before.desc(irq)?.owed === true
  );
};

const strayVector = (t: T): number | undefined => {
  if (t.command.kind === "spurious") return SPURIOUS_VECTOR;
  if (t.command.kind !== "take" || t.response.kind !== "stray") return undefined;
  return t.command.vector;
};

const lineBefore = (t: T) =>
  t.command.kind === "line" ? t.before.line(t.command.line) : undefined;

const served = (t: T): boolean => t.response.kind === "served";

const once = (ran: readonly number[], handlers: readonly number[]): boolean =>
  ran.length === handlers.length && handlers.every((h) => ran.includes(h));

export const dispatchClauses: readonly Clause<T>[] = [
  {
    id: "DISP-1",
    title: "a vector taken on a CPU leads to the interrupt in that CPU's slot, and to no other",
    level,
    kind: "step",
    source: [linux(`${entry}:call_irq_handler`)],
    task,
    on: ["take"],
    requires: ["alloc"],
    applies: (t) => (takenSlot(t) ?? -1) >= 0,
    holds: (t) => {
      const { response } = t;
      const named =
        response.kind === "running" || response.kind === "held" || response.kind === "waiting";
      return named && response.irq === takenSlot(t);
    },
  },
  {
    id: "DISP-1-E",
    title: "an empty slot runs nothing, and interrupts go on arriving",
    level,
    kind: "step",
    source: [linux(`${entry}:common_interrupt`)],
    task,
    on: ["take"],
    applies: (t) => (takenSlot(t) ?? 0) < 0,
    holds: (t) => t.response.kind === "stray" && t.after.hardware.inService(cpuOf(t)).length === 0,
  },
  {
    id: "DISP-1-T",
    title: "the timer vector runs the tick of the CPU that took it",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/apic/apic.c:sysvec_apic_timer_interrupt")],
    task,
    on: ["take"],
    applies: (t) => t.command.kind === "take" && t.command.vector === TIMER_VECTOR,
    holds: (t) => t.response.kind === "tick",
  },
  {
    id: "DISP-2",
    title: "each interrupt taken gets one EOI, on its CPU; with no handler running ISR is empty",
    level,
    kind: "step",
    source: [
      linux("arch/x86/kernel/apic/vector.c:apic_ack_edge"),
      sdm("Signaling Interrupt Servicing Completion"),
    ],
    task,
    on: ["take", "handled", "resume", "line"],
    applies: (t) => serving(t) >= 0 && t.response.kind !== "failed",
    holds: balanced,
  },
  {
    id: "DISP-3",
    title: "an edge interrupt is acknowledged before its handler runs",
    level: "linux",
    kind: "step",
    source: [linux(`${chip}:handle_edge_irq`)],
    task,
    on: ["take", "resume"],
    applies: (t) => runStart(t) !== undefined,
    holds: (t) => eoisOn(t, cpuOf(t)) === 1,
  },
  {
    id: "DISP-3-S",
    title: "an expected stray is silent once and an unexpected one is reported",
    level: "linux",
    kind: "step",
    source: [linux(`${entry}:reevaluate_vector`)],
    task,
    on: ["take"],
    needs: ["slots"],
    applies: (t) => (takenSlot(t) ?? 0) < 0 && t.response.kind === "stray",
    holds: (t) => {
      if (t.command.kind !== "take" || t.response.kind !== "stray") return false;
      const { cpu, vector } = t.command;
      if (t.response.reported !== (takenSlot(t) === SLOT_UNUSED)) return false;
      return seen(t).vectors.slot(cpu, vector) === SLOT_UNUSED;
    },
  },
  {
    id: "DISP-3-V",
    title: "0xFF gets no EOI; another unassigned system vector gets one when it is in service",
    level: "linux",
    kind: "step",
    source: [linux("arch/x86/kernel/apic/apic.c:handle_spurious_interrupt")],
    task,
    on: ["take", "spurious"],
    applies: (t) => {
      const vector = strayVector(t);
      return vector !== undefined && !isDeviceVector(t.config, vector);
    },
    holds: (t) => eoisOn(t, cpuOf(t)) === (t.command.kind === "spurious" ? 0 : 1),
  },
  {
    id: "DISP-4",
    title:
      "an event during a run of the handler is followed by another run, without further events",
    level,
    kind: "step",
    source: [linux(`${chip}:handle_edge_irq`)],
    task,
    on: ["handled"],
    applies: cameMeanwhile,
    holds: (t) => {
      const irq = ended(t);
      if (t.response.kind === "running") return t.response.irq === irq;
      return isLatched(t.config, t.after, irq);
    },
  },
  {
    id: "DISP-5",
    title: "the handler of an interrupt never runs on two CPUs at once",
    level,
    kind: "step",
    source: [linux("kernel/irq/handle.c:handle_irq_event")],
    task,
    on: ["take", "resume"],
    requires: ["alloc", "startup"],
    applies: (t) => {
      const irq = t.command.kind === "resume" ? t.before.cpu(cpuOf(t)).waiting : takenSlot(t);
      return irq !== undefined && (t.before.desc(irq)?.running ?? -1) >= 0;
    },
    holds: (t) => t.response.kind !== "running",
  },
  {
    id: "DISP-6",
    title: "an event of a disabled interrupt runs nothing",
    level,
    kind: "step",
    source: [linux(`${chip}:irq_can_handle`)],
    task,
    on: ["take"],
    requires: ["alloc"],
    applies: takenDisabled,
    holds: (t) => t.response.kind !== "running",
  },
  {
    id: "DISP-6-E",
    title: "enabling an interrupt that came while it was disabled leads to a run",
    level,
    kind: "step",
    source: [linux("kernel/irq/resend.c:check_irq_resend")],
    task,
    on: ["enable"],
    applies: enabledOwing,
    holds: (t) => isLatched(t.config, t.after, irqOf(t)),
  },
  {
    id: "DISP-8",
    title: "every handler of a shared line runs once, whoever caused the interrupt",
    level,
    kind: "step",
    source: [linux("kernel/irq/handle.c:__handle_irq_event_percpu")],
    task,
    on: ["line"],
    applies: (t) => served(t) && (lineBefore(t)?.handlers.length ?? 0) > 1,
    holds: (t) =>
      t.response.kind === "served" && once(t.response.handlers, lineBefore(t)?.handlers ?? []),
  },
  {
    id: "DISP-9",
    title: "a line is switched off only after more unclaimed interrupts than the limit",
    level,
    kind: "step",
    source: [linux(`${spurious}:note_interrupt`)],
    task,
    on: ["line"],
    applies: (t) => served(t) && t.command.kind === "line" && t.command.asserted.length > 0,
    holds: (t) =>
      t.command.kind === "line" &&
      t.response.kind === "served" &&
      (!t.response.off || t.after.line(t.command.line).unclaimed > t.config.limit),
  },
  {
    id: "DISP-9-S",
    title: "a line that nobody cares for is switched off within two windows",
    level,
    kind: "step",
    source: [
      linux(`${spurious}:note_interrupt`),
      rule("a stuck line must not take the CPU for ever"),
    ],
    task,
    on: ["line"],
    applies: (t) =>
      t.command.kind === "line" &&
      served(t) &&
      t.after.line(t.command.line).ignored >= t.config.window,
    holds: (t) => {
      if (t.command.kind !== "line") return false;
      const line = t.after.line(t.command.line);
      return line.off || line.ignored < 2 * t.config.window;
    },
  },
  {
    id: "DISP-9-L",
    title: "it is switched off where more than `limit` of a window of `window` were unclaimed",
    level: "linux",
    kind: "step",
    source: [linux(`${spurious}:note_interrupt`)],
    task,
    on: ["line"],
    applies: (t) => served(t) && t.expected?.kind === "served",
    holds: (t) =>
      t.response.kind === "served" &&
      t.expected?.kind === "served" &&
      t.response.off === t.expected.off,
  },
];
