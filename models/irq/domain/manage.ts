/** Life of an interrupt through the levels of the domain: kernel/irq/{msi,irqdomain,manage}.c. */
import { planOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config, Errno } from "../../../spec/irq/domain/vocabulary.js";
import type {
  Response as VectorResponse,
  Write,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { moveMasked, resend } from "./dispatch.js";
import type { State } from "./state.js";
import { freedWith, newRequests, vectorCommand } from "./vectors.js";
import type { Made, Work } from "./work.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Why a request for interrupts is refused before anything is done; kernel/irq/msi.c. */
const refusal = (config: Config, state: State, command: Of<"alloc">): Errno | undefined => {
  const device = config.devices[command.device];
  const { first, count, policy, cpus } = command;
  if (device === undefined) return "EINVAL";
  if (first + count > device.entries) return "ERANGE";
  const base = planOf(config).first[command.device] ?? 0;
  for (let i = 0; i < count; i++) if (state.descs[base + first + i] !== undefined) return "EBUSY";
  if (policy !== "reserve" && cpus.length === 0) return "EINVAL";
  if (device.source === "msix") return undefined;
  const any = state.descs.slice(base, base + device.entries).some((d) => d !== undefined);
  if (any) return "EBUSY";
  // Without remapping a function gets one message: the vector domain has no blocks.
  return first > 0 || (count > 1 && config.remapping === "none") ? "EINVAL" : undefined;
};

/** Numbers as __irq_alloc_descs() finds them: the lowest free run. */
const numbersFor = (state: State, count: number, inOne: boolean): readonly number[] => {
  const taken = new Set(state.descs.flatMap((d) => (d === undefined ? [] : [d.number])));
  const numbers: number[] = [];
  const size = inOne ? count : 1;
  for (let from = 0; numbers.length < count; from++) {
    let free = true;
    for (let i = 0; i < size; i++) if (taken.has(from + i)) free = false;
    if (!free) continue;
    for (let i = 0; i < size; i++) {
      taken.add(from + i);
      numbers.push(from + i);
    }
  }
  return numbers;
};

const errnoOf = (response: VectorResponse): Errno =>
  response.kind === "failed" ? response.error : "EINVAL";

/** Whether the device has no interrupt yet, so that messages have to be switched on. */
const isFirst = (work: Work, device: number): boolean => {
  const base = planOf(work.config).first[device] ?? 0;
  const entries = work.config.devices[device]?.entries ?? 0;
  for (let i = 0; i < entries; i++) if (work.before.descs[base + i] !== undefined) return false;
  return true;
};

/** msi_domain_alloc_irqs_range(): vectors, entries, messages; the first error undoes all. */
export const alloc = (work: Work, command: Of<"alloc">): Made => {
  const refused = refusal(work.config, work.before, command);
  if (refused !== undefined) return work.failed(refused);
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined) return work.failed("EINVAL");
  const { state, response } = work.ask(work.vectors, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind !== "ready") return work.failed(errnoOf(response), state);
  work.vectors = state;
  const { device, first, count } = command;
  const fresh = isFirst(work, device);
  if (fresh) work.program.begin(device, count);
  const indices = work.program.allocate(device, first, count);
  if (work.program.error !== undefined) return work.failed(work.program.error);
  work.carryOut(state.writes);
  if (fresh) work.program.finish(device);
  const isMsi = work.config.devices[device]?.source === "msi";
  return work.done({
    kind: "allocated",
    numbers: numbersFor(work.before, count, isMsi),
    cpus: response.cpus,
    vectors: response.vectors,
    reserved: response.reserved,
    indices,
  });
};

/** msi_domain_free_irqs_range(), behind pci_free_irq_vectors() or pci_msix_free_irq(). */
export const free = (work: Work, command: Of<"free">): Made => {
  const { irq } = command;
  const all = freedWith(work.config, work.before, irq);
  if (work.before.descs[irq] === undefined || all.some((n) => work.is(n)?.requested === true)) {
    return work.failed("EINVAL");
  }
  const { device } = planOf(work.config).places[irq] ?? { device: -1 };
  const base = planOf(work.config).first[device] ?? 0;
  const entries = work.config.devices[device]?.entries ?? 0;
  const others = work.before.descs
    .slice(base, base + entries)
    .some((d, i) => d !== undefined && !all.includes(base + i));
  // The source first: silent before anything that it points at goes away.
  for (const n of all) work.program.mask(n, true);
  if (!others) work.program.switchOff(device);
  const vectors: (number | null)[] = [];
  const writes: Write[] = [];
  for (const n of all) {
    const { state, response } = work.ask(work.vectors, { kind: "teardown", irq: n });
    if (response.kind !== "released") return work.failed(errnoOf(response));
    work.vectors = state;
    writes.push(...state.writes);
    vectors.push(...response.vectors);
  }
  work.carryOut(writes);
  for (const n of all) work.program.release(n);
  return work.done({ kind: "freed", vectors });
};

/** What is left after an interrupt may run: unmask, and replay what came before. */
const released = (work: Work, irq: number): void => {
  const entry = work.is(irq);
  if (entry?.started !== true || entry.depth !== 0) return;
  work.program.mask(irq, false);
  if (work.before.descs[irq]?.pending === true) resend(work, work.caller, irq);
};

/** request_irq() */
export const startup = (work: Work, command: Of<"startup">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined || work.before.descs[command.irq] === undefined) {
    return work.failed("EINVAL");
  }
  const { state, response } = work.ask(work.vectors, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind === "failed") return work.failed(response.error, state);
  work.vectors = state;
  work.carryOut(state.writes);
  if (response.kind === "parked") return work.done({ kind: "parked" });
  if (response.kind !== "at") return work.failed("EINVAL");
  released(work, command.irq);
  const { cpu, vector, prevCpu, prevVector } = response;
  const first = prevCpu === undefined || prevVector === undefined ? {} : { prevCpu, prevVector };
  return work.done({ kind: "at", cpu, vector, ...first });
};

/** free_irq() */
export const shutdown = (work: Work, command: Of<"shutdown">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined || work.is(command.irq)?.requested !== true) return work.failed("EINVAL");
  work.program.mask(command.irq, true);
  const { state } = work.ask(work.vectors, asked);
  work.vectors = state;
  work.carryOut(state.writes);
  return work.done({ kind: "done" });
};

/** disable_irq() is lazy: the device is masked when it raises the next time. */
export const disable = (work: Work, command: Of<"disable">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined || work.is(command.irq)?.requested !== true) return work.failed("EINVAL");
  work.vectors = work.ask(work.vectors, asked).state;
  return work.done({ kind: "done" });
};

/** enable_irq(): the last one unmasks, and resends what came meanwhile. */
export const enable = (work: Work, command: Of<"enable">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined || work.is(command.irq)?.requested !== true) return work.failed("EINVAL");
  const { state, response } = work.ask(work.vectors, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind === "failed") return work.failed(response.error, state);
  work.vectors = state;
  work.carryOut(state.writes);
  released(work, command.irq);
  return work.done({ kind: "done" });
};

export const mask = (work: Work, command: Of<"mask"> | Of<"unmask">): Made => {
  if (work.before.descs[command.irq] === undefined) return work.failed("EINVAL");
  work.program.mask(command.irq, command.kind === "mask");
  return work.done({ kind: "done" });
};

/** irq_set_affinity() */
export const setAffinity = (work: Work, command: Of<"setAffinity">): Made => {
  const asked = vectorCommand(work.config, work.before, command);
  if (asked === undefined || work.before.descs[command.irq] === undefined) {
    return work.failed("EINVAL");
  }
  const before = work.vectors;
  const { state, response } = work.ask(before, asked);
  if (response.kind === "fatal") return work.fatal();
  if (response.kind === "failed") return work.failed(response.error, state);
  work.vectors = state;
  moveMasked(work, command.irq, state.writes);
  for (const made of newRequests(before, state)) work.bus.ipi(work.caller, made.cpu, made.vector);
  if (response.kind === "at") {
    return work.done({ kind: "at", cpu: response.cpu, vector: response.vector });
  }
  return work.done({ kind: response.kind === "deferred" ? "deferred" : "stored" });
};
