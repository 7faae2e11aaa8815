/**
 * From the vector to the handler: arch/x86/kernel/irq.c common_interrupt(), chip.c
 * handle_edge_irq(), resend.c.
 */

import {
  type Command,
  type Desc,
  SPURIOUS_VECTOR,
  TIMER_VECTOR,
} from "../../../spec/irq/domain/vocabulary.js";
import { SLOT_UNUSED, type Write } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { cpuOfApic, slotOf, withSlot } from "../vector-matrix/assignment/state.js";
import { inServiceOf, isMasked } from "./hardware.js";
import { plantOf } from "./plant.js";
import { newRequests, vectorCommand } from "./vectors.js";
import type { Made, Work } from "./work.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const descOf = (work: Work, irq: number): Desc | undefined => work.before.descs[irq];

/** Started and enabled in the vector layer as it is now. */
const mayRun = (work: Work, irq: number): boolean => {
  const entry = work.is(irq);
  return entry?.started === true && entry.depth === 0;
};

/** apic_retrigger_irq(): an IPI to the interrupt's own pair. */
export const resend = (work: Work, from: number, irq: number): void => {
  const entry = work.is(irq);
  if (entry !== undefined && entry.vector !== 0) work.bus.ipi(from, entry.cpu, entry.vector);
};

/** Writes of one interrupt, masked meanwhile where that is possible: irq_move_irq(). */
export const moveMasked = (work: Work, irq: number, writes: readonly Write[]): void => {
  if (writes.length === 0) return;
  const { config, program, bus } = work;
  const around = config.remapping === "none" && !isMasked(config, bus.machine, irq);
  if (around) program.mask(irq, true);
  work.carryOut(writes);
  if (around) program.mask(irq, false);
};

/** The first message of a command reaches a CPU by itself if the device raises right after it. */
const byDevice = (work: Work, writes: readonly Write[], again: boolean) => {
  const first = writes[0];
  if (first === undefined || !again) return undefined;
  const cpu = cpuOfApic(plantOf(work.config).vectors, first.dest);
  return cpu === undefined ? undefined : { cpu, vector: first.vector };
};

/** apic_ack_edge(): the end of a move, the stored move, EOI. */
const ack = (work: Work, command: Of<"take"> | Of<"resume">, irq: number) => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked?.kind !== "deliver") return undefined;
  const before = work.vectors;
  const { state, response } = work.ask(before, asked);
  if (response.kind !== "delivered") return undefined;
  work.vectors = state;
  moveMasked(work, irq, state.writes);
  const device = byDevice(work, state.writes, asked.again);
  for (const made of newRequests(before, state)) {
    if (made.cpu === device?.cpu && made.vector === device.vector) continue;
    work.bus.ipi(command.cpu, made.cpu, made.vector);
  }
  work.bus.eoi(command.cpu);
  const { cpu, vector, stray } = response;
  return { irq, cpu, vector, ...(stray === undefined ? {} : { stray }) };
};

/** handle_edge_irq() once it holds the lock. */
const edge = (work: Work, command: Of<"take"> | Of<"resume">, irq: number): Made => {
  const runs = mayRun(work, irq) && (descOf(work, irq)?.running ?? -1) < 0;
  // mask_ack_irq(): what cannot run is kept quiet until it can.
  if (!runs) work.program.mask(irq, true);
  const at = ack(work, command, irq);
  if (at === undefined) return work.fatal();
  return work.done({ kind: runs ? "running" : "held", ...at });
};

/** irq_wait_on_inprogress(): the interrupt came to its new CPU while the old one runs it. */
const waits = (work: Work, cpu: number, irq: number): boolean => {
  const running = descOf(work, irq)?.running ?? -1;
  return running >= 0 && running !== cpu && work.is(irq)?.effective[0] === cpu;
};

/** sysvec_spurious_apic_interrupt() and the entries of unassigned system vectors. */
const systemVector = (work: Work, cpu: number, vector: number): Made => {
  if (vector !== SPURIOUS_VECTOR && inServiceOf(work.bus.machine, cpu).includes(vector)) {
    work.bus.eoi(cpu);
  }
  return work.done({ kind: "stray", reported: true });
};

export const take = (work: Work, command: Of<"take">, contract: boolean): Made => {
  const { cpu, vector } = command;
  const { config } = work;
  if (vector === TIMER_VECTOR) {
    work.bus.eoi(cpu);
    return work.done({ kind: "tick" });
  }
  if (vector < config.start || vector >= config.end) return systemVector(work, cpu, vector);
  const irq = slotOf(work.vectors, cpu, vector);
  if (irq < 0) {
    // reevaluate_vector(): SHUTDOWN and RETRIGGERED are expected once.
    work.vectors = withSlot(work.vectors, cpu, vector, SLOT_UNUSED);
    work.bus.eoi(cpu);
    return work.done({ kind: "stray", reported: irq === SLOT_UNUSED });
  }
  if (!contract && waits(work, cpu, irq)) return work.done({ kind: "waiting", irq });
  return edge(work, command, irq);
};

export const resume = (work: Work, command: Of<"resume">): Made => {
  const irq = work.before.cpus[command.cpu]?.waiting ?? -1;
  if (irq < 0) return work.failed("EINVAL");
  if (waits(work, command.cpu, irq)) return work.done({ kind: "waiting", irq });
  return edge(work, command, irq);
};

/** The end of a run: once more if the interrupt came meanwhile, as handle_edge_irq() loops. */
export const handled = (work: Work, command: Of<"handled">): Made => {
  const { cpu } = command;
  const part = work.before.cpus[cpu];
  const irq = part?.running ?? -1;
  const entry = work.is(irq);
  if (part === undefined || irq < 0) return work.failed("EINVAL");
  if (descOf(work, irq)?.pending === true && entry !== undefined && mayRun(work, irq)) {
    work.program.mask(irq, false);
    return work.done({ kind: "running", irq, cpu: entry.cpu, vector: entry.vector });
  }
  // A kernel that acknowledges late does it now.
  if (part.open > 0) work.bus.eoi(cpu);
  return work.done({ kind: "idle" });
};
