/** Faults between the vector and the end of the handler, and on shared lines. */
import { linuxAsk } from "../../../models/irq/domain/layer.js";
import { note } from "../../../models/irq/domain/lines.js";
import { settle } from "../../../models/irq/domain/settle.js";
import { canRun, ownerOf, type State, withCpu } from "../../../models/irq/domain/state.js";
import { make } from "../../../models/irq/domain/step.js";
import type { Command, Config, Response } from "../../../spec/irq/domain/vocabulary.js";
import { SLOT_SHUTDOWN } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { twoCpus } from "./configs.js";
import {
  type Answered,
  after,
  changing,
  contract,
  type DomainFault,
  type DomainModel,
  dropping,
  eoiOf,
  isIpi,
  linuxLevel,
  withBus,
} from "./fault-tools.js";

/** The handler of an interrupt starts, acknowledged. */
const running = (
  before: State,
  command: Command,
  irq: number,
  r: Answered,
): Response | undefined => {
  if (!("cpu" in command)) return undefined;
  const entry = before.vectors.irqs[irq];
  const { cpu, vector } = entry ?? { cpu: command.cpu, vector: 0 };
  const writes = r.bus;
  const ends = writes.some((w) => w.space === "apic" && w.offset === 0xb0);
  const all = ends ? writes : [...writes, eoiOf(command.cpu)];
  return withBus({ kind: "running", irq, cpu, vector, bus: [] }, all);
};

/** A kernel that remembers what comes for a handler running elsewhere, and never waits for it. */
const stepWithoutWaiting: DomainModel["step"] = (config, state, command) => {
  const made = make(config, state, command, linuxAsk(config), { contract: true });
  return { state: settle(config, state, command, made), response: made.response };
};

/** The first CPU whose slot for a vector is taken. */
const anywhere = (before: State, vector: number): number => {
  for (let cpu = 0; cpu < before.cpus.length; cpu++) {
    const irq = ownerOf(before, cpu, vector);
    if (irq >= 0) return irq;
  }
  return -1;
};

const globalLookup = changing(["take"], (r, command, before) => {
  if (command.kind !== "take" || r.kind !== "running") return undefined;
  const irq = anywhere(before, command.vector);
  return irq === r.irq || irq < 0 ? undefined : running(before, command, irq, r);
});

const offAt = (limit: (config: Config) => number) =>
  changing(["line"], (r, command, before, config) => {
    if (r.kind !== "served" || command.kind !== "line") return undefined;
    const line = before.lines[command.line];
    if (line === undefined) return undefined;
    const claimed = line.handlers.some((h) => command.asserted.includes(h));
    const { off } = note({ ...config, limit: limit(config) }, line, claimed, command.late);
    return { ...r, off };
  });

export const dispatchFaults: readonly DomainFault[] = [
  contract(
    "DISP-1",
    "global-lookup",
    "the slot of a vector is looked up without regard to the CPU",
    globalLookup,
  ),
  contract(
    "DISP-1-E",
    "missing-eoi-for-stray",
    "an interrupt that nobody owns is not ended",
    changing(["take"], (r) => (r.kind === "stray" ? { ...r, bus: [] } : undefined)),
  ),
  contract(
    "DISP-1-T",
    "tick-taken-for-stray",
    "the timer vector has no entry of its own",
    changing(["take"], (r) =>
      r.kind === "tick" ? { kind: "stray", reported: true, bus: r.bus } : undefined,
    ),
  ),
  contract(
    "DISP-2",
    "double-eoi",
    "an interrupt is ended before its handler and once more after it",
    changing(["handled"], (r, command) =>
      r.kind === "idle" && command.kind === "handled"
        ? withBus(r, [...r.bus, eoiOf(command.cpu)])
        : undefined,
    ),
  ),
  contract(
    "DISP-2",
    "missing-eoi",
    "an interrupt that cannot run now is remembered, and not ended",
    changing(["take"], (r) =>
      r.kind === "held"
        ? withBus(
            r,
            r.bus.filter((w) => w.space !== "apic"),
          )
        : undefined,
    ),
  ),
  linuxLevel(
    "DISP-3",
    "eoi-after-handler",
    "an edge interrupt is ended when its handler returns",
    changing(["take"], (r) =>
      r.kind === "running"
        ? withBus(
            r,
            r.bus.filter((w) => w.space !== "apic" || w.offset !== 0xb0),
          )
        : undefined,
    ),
  ),
  linuxLevel(
    "DISP-3-S",
    "expected-stray-reported",
    "the late arrival of an interrupt that was just stopped is reported as an error",
    changing(["take"], (r) => (r.kind === "stray" ? { ...r, reported: true } : undefined)),
  ),
  linuxLevel(
    "DISP-3-V",
    "eoi-for-spurious",
    "the spurious vector is ended, and with it an interrupt that is still in service",
    changing(["spurious"], (r, command) =>
      command.kind === "spurious" ? withBus(r, [eoiOf(command.cpu)]) : undefined,
    ),
  ),
  contract(
    "DISP-4",
    "pending-event-dropped-in-handler",
    "what came during a run of the handler is forgotten when it returns",
    (model) =>
      changing(["handled"], (r) =>
        r.kind === "running" ? { kind: "idle", bus: r.bus } : undefined,
      )({ ...model, step: stepWithoutWaiting }),
  ),
  contract(
    "DISP-5",
    "two-cpus-one-handler",
    "a second CPU runs the handler while the first one does",
    changing(["take"], (r, command, before) =>
      (r.kind === "held" || r.kind === "waiting") && canRun(before, r.irq)
        ? running(before, command, r.irq, r)
        : undefined,
    ),
  ),
  contract(
    "DISP-6",
    "runs-while-disabled",
    "a disabled interrupt runs its handler",
    changing(["take"], (r, command, before) =>
      r.kind === "held" && !canRun(before, r.irq) ? running(before, command, r.irq, r) : undefined,
    ),
  ),
  contract(
    "DISP-6-E",
    "resend-forgotten",
    "enabling an interrupt does not replay what came while it was disabled",
    dropping(["enable"], (m, w) => isIpi(m, w)),
  ),
  contract(
    "DISP-8",
    "first-handler-only",
    "the first handler of a shared line is taken for the one that is meant",
    changing(["line"], (r) =>
      r.kind === "served" ? { ...r, handlers: r.handlers.slice(0, 1) } : undefined,
    ),
  ),
  contract(
    "DISP-9",
    "off-at-the-first",
    "one interrupt that nobody claims switches the line off",
    changing(["line"], (r, command) =>
      r.kind === "served" &&
      command.kind === "line" &&
      !r.handlers.some((h) => command.asserted.includes(h))
        ? { ...r, off: true }
        : undefined,
    ),
  ),
  contract(
    "DISP-9-S",
    "storm-never-stopped",
    "unclaimed interrupts are not counted",
    changing(["line"], (r) => (r.kind === "served" ? { ...r, off: false } : undefined)),
    { config: { ...twoCpus, window: 3, limit: 1 } },
  ),
  linuxLevel(
    "DISP-9-L",
    "limit-off-by-one",
    "as many unclaimed interrupts as the limit are one too many",
    offAt((config) => config.limit - 1),
  ),
];

/** Faults that show only over the whole path. */
export const strayFaults: readonly DomainFault[] = [
  contract(
    "E2E-2",
    "handler-of-another-cpu",
    "the CPU runs what the vector means on another CPU",
    globalLookup,
  ),
  contract(
    "E2E-4",
    "handler-run-twice",
    "a handler that returns is run once more for nothing",
    changing(["handled"], (r, command, before) => {
      if (r.kind !== "idle" || command.kind !== "handled") return undefined;
      const irq = before.cpus[command.cpu]?.running ?? -1;
      const entry = before.vectors.irqs[irq];
      if (entry === undefined) return undefined;
      return { kind: "running", irq, cpu: entry.cpu, vector: entry.vector, bus: r.bus };
    }),
  ),
  contract(
    "E2E-5",
    "handler-of-freed-owner",
    "what was in flight when its owner ended runs the handler that is gone",
    changing(["take"], (r, command, before) => {
      if (r.kind !== "stray" || command.kind !== "take") return undefined;
      const slot = before.vectors.slots[command.cpu]?.get(command.vector);
      if (slot !== SLOT_SHUTDOWN) return undefined;
      const irq = before.descs.findIndex((_d, n) => before.vectors.irqs[n]?.started !== true);
      return irq < 0 ? undefined : running(before, command, irq, r);
    }),
  ),
  contract(
    "E2E-9",
    "strays-not-counted",
    "interrupts of nobody leave no trace in the counters",
    after((_config, before, command, right) => {
      if (right.response.kind !== "stray" || !("cpu" in command)) return right;
      const { spurious } = before.cpus[command.cpu] ?? { spurious: 0 };
      return { ...right, state: withCpu(right.state, command.cpu, { spurious }) };
    }),
  ),
];
