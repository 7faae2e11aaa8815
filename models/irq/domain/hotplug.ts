/** CPUs that go and come, and the cleanup of finished moves. kernel/irq/cpuhotplug.c. */
import { SVR } from "../../../spec/hardware/local-apic/registers.js";
import type { Command } from "../../../spec/irq/domain/vocabulary.js";
import type { Irq, Write } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { isPending } from "../vector-matrix/assignment/state.js";
import { moveMasked } from "./dispatch.js";
import { apicWrite, SVR_ON } from "./plant.js";
import { newRequests, vectorCommand } from "./vectors.js";
import type { Made, Work } from "./work.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export const cleanup = (work: Work, command: Of<"cleanup">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined) return work.failed("EINVAL");
  const { state, response } = work.ask(work.vectors, asked);
  work.vectors = state;
  return work.done({ kind: "cleaned", irqs: response.kind === "cleaned" ? response.irqs : [] });
};

/** Messages of several interrupts, each with the masks that go with what becomes of it. */
const carryOutEach = (work: Work, writes: readonly Write[]): void => {
  for (const irq of new Set(writes.map((w) => w.irq))) {
    const own = writes.filter((w) => w.irq === irq);
    const stops = work.was(irq)?.started === true && work.is(irq)?.started !== true;
    if (stops) work.program.mask(irq, true);
    moveMasked(work, irq, own);
  }
};

/** A pair that is about to be forgotten has a request waiting. */
const strandedRequest = (work: Work, irq: Irq, dying: number): boolean =>
  irq.prevVector !== 0 &&
  (irq.cpu === dying || irq.prevCpu === dying) &&
  isPending(work.before.vectors, irq.prevCpu, irq.prevVector);

/**
 * NOT LINUX: what waits on the old pair of an unfinished move is sent on as well. Linux gives the
 * old vector up without looking (vector.c irq_force_complete_move(), which says so).
 */
const sendOnOld = (work: Work, dying: number): void => {
  work.before.vectors.irqs.forEach((irq, n) => {
    const now = work.is(n);
    if (irq === undefined || now?.started !== true || now.vector === 0) return;
    if (strandedRequest(work, irq, dying)) work.bus.ipi(dying, now.cpu, now.vector);
  });
};

/** Started, and still on the CPU that goes. */
const staysBehind = (irq: Irq | undefined, dying: number): boolean =>
  irq?.started === true && irq.vector !== 0 && irq.cpu === dying;

/** native_cpu_disable(): away with the interrupts, then the local APIC is switched off. */
export const cpuDown = (work: Work, command: Of<"cpuDown">): Made => {
  const { cpu } = command;
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined) return work.failed("EINVAL");
  const before = work.vectors;
  const { state, response } = work.ask(before, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind === "failed") return work.failed(response.error, state);
  if (response.kind !== "moved") return work.failed("EINVAL");
  // NOT LINUX: with vectors that are free but have a request in flight there may be too few.
  if (state.irqs.some((irq) => staysBehind(irq, cpu))) return work.failed("ENOSPC");
  work.vectors = state;
  carryOutEach(work, state.writes);
  for (const made of newRequests(before, state)) work.bus.ipi(cpu, made.cpu, made.vector);
  sendOnOld(work, cpu);
  // Only now: a message that arrives in between is seen by the scan.
  work.bus.write(apicWrite(cpu, SVR, SVR_ON & 0xff));
  const { irqs, cpus, vectors } = response;
  return work.done({ kind: "moved", irqs, cpus, vectors });
};

export const cpuUp = (work: Work, command: Of<"cpuUp">): Made => {
  const { cpu } = command;
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined) return work.failed("EINVAL");
  const { state, response } = work.ask(work.vectors, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind === "failed") return work.failed(response.error, state);
  if (response.kind !== "moved") return work.failed("EINVAL");
  work.vectors = state;
  work.bus.write(apicWrite(cpu, SVR, SVR_ON));
  work.carryOut(state.writes);
  state.irqs.forEach((irq, n) => {
    const starts = irq?.started === true && work.was(n)?.started !== true;
    if (starts && irq.depth === 0) work.program.mask(n, false);
  });
  const { irqs, cpus, vectors } = response;
  return work.done({ kind: "moved", irqs, cpus, vectors });
};
