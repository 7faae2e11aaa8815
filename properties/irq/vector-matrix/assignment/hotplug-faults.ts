/** Faults in CPU hotplug and in spreading. */
import {
  irqOf,
  isPending,
  lower,
  type State,
  setUp,
  withIrq,
  withSlot,
  withTimer,
} from "../../../../models/irq/vector-matrix/assignment/state.js";
import { step } from "../../../../models/irq/vector-matrix/assignment/step.js";
import {
  after,
  contract,
  eachIrq,
  linuxLevel,
  nodes,
  tight,
  twoCpus,
  type VectorFault,
} from "./fault-tools.js";

/** Interrupts that left the CPU in this command. */
const movedOff = (before: State, now: State, cpu: number): readonly number[] =>
  setUp(now).filter((n) => {
    const [was, is] = [before.irqs[n], irqOf(now, n)];
    return was !== undefined && was.vector !== 0 && was.cpu === cpu && is.cpu !== cpu;
  });

export const hotplugFaults: readonly VectorFault[] = [
  linuxLevel(
    "VEC-HOTPLUG-1",
    "managed-counted",
    "managed vectors are counted as if they had to move, so a CPU stays that could go",
    after((_config, before, command, right) => {
      if (command.kind !== "cpuDown" || right.response.kind !== "moved") return right;
      const map = before.matrix.cpus[command.cpu];
      const elsewhere = before.matrix.globalAvailable - (map?.available ?? 0);
      return (map?.allocated ?? 0) > elsewhere
        ? { state: before, response: { kind: "failed", error: "ENOSPC" } }
        : right;
    }),
    { config: tight },
  ),
  contract(
    "VEC-HOTPLUG-1-U",
    "refusal-too-late",
    "a refused CPU down has already left the online mask",
    after((_config, _before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "failed"
        ? {
            ...right,
            state: {
              ...right.state,
              online: right.state.online.map((o, cpu) => o && cpu !== command.cpu),
            },
          }
        : right,
    ),
    { config: tight },
  ),
  contract(
    "VEC-HOTPLUG-2",
    "one-stranded",
    "the last interrupt of a dying CPU is forgotten",
    after((_config, before, command, right) => {
      if (command.kind !== "cpuDown" || right.response.kind !== "moved") return right;
      const n = movedOff(before, right.state, command.cpu).at(-1);
      if (n === undefined) return right;
      const { cpu, vector } = irqOf(before, n);
      return { ...right, state: withIrq(right.state, n, { cpu, vector }) };
    }),
  ),
  contract(
    "VEC-HOTPLUG-2",
    "slots-not-wiped",
    "the slots of a dead CPU keep leading to interrupts",
    after((_config, before, command, right) => {
      if (command.kind !== "cpuDown" || right.response.kind !== "moved") return right;
      let { state } = right;
      for (const [vector, content] of before.slots[command.cpu] ?? []) {
        state = withSlot(state, command.cpu, vector, content);
      }
      return { ...right, state };
    }),
  ),
  contract(
    "VEC-HOTPLUG-3",
    "pending-not-replayed",
    "what is pending on a dying CPU is lost",
    after((_config, before, command, right) => {
      if (command.kind !== "cpuDown" || right.response.kind !== "moved") return right;
      let { state } = right;
      for (const n of movedOff(before, state, command.cpu)) {
        const { cpu, vector } = irqOf(state, n);
        if (!isPending(before, cpu, vector)) state = lower(state, cpu, vector);
      }
      return { ...right, state };
    }),
  ),
  contract(
    "VEC-HOTPLUG-4",
    "apic-off-too-early",
    "the APIC is switched off before the scan for pending vectors",
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "cpuDown"
          ? model.step(config, state, { ...command, arriving: [] })
          : model.step(config, state, command),
    }),
  ),
  contract(
    "VEC-HOTPLUG-5",
    "move-left-open",
    "a move that the dying CPU was part of stays open",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was !== undefined &&
            was.prevVector !== 0 &&
            was.prevCpu === command.cpu &&
            irq.prevVector === 0
              ? { prevVector: was.prevVector, moveInProgress: was.moveInProgress }
              : undefined,
          )
        : right,
    ),
  ),
  contract(
    "VEC-HOTPLUG-5",
    "timer-left-armed",
    "the cleanup timer of a dead CPU stays armed",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" &&
      right.response.kind === "moved" &&
      before.timers[command.cpu] === true
        ? { ...right, state: withTimer(right.state, command.cpu, true) }
        : right,
    ),
  ),
  contract(
    "VEC-HOTPLUG-6",
    "affinity-never-broken",
    "an interrupt whose own CPUs are full is left without a vector",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was !== undefined &&
            !was.managed &&
            was.started &&
            was.cpu === command.cpu &&
            !was.affinity.includes(irq.cpu)
              ? { started: false }
              : undefined,
          )
        : right,
    ),
    { config: { ...tight, cpus: 3, online: [0, 1, 2], end: 4 } },
  ),
  contract(
    "VEC-HOTPLUG-6",
    "managed-mask-broken",
    "a managed interrupt whose last CPU dies gets all CPUs as its affinity",
    after((config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was?.managed === true && was.started && !irq.started
              ? { affinity: Array.from({ length: config.cpus }, (_x, cpu) => cpu) }
              : undefined,
          )
        : right,
    ),
  ),
  contract(
    "VEC-HOTPLUG-7",
    "depth-not-raised",
    "shutting a managed interrupt down does not count as a disable",
    after((_config, before, command, right) =>
      command.kind === "cpuDown" && right.response.kind === "moved"
        ? eachIrq(right, before, (irq, was) =>
            was?.started === true && !irq.started ? { depth: was.depth } : undefined,
          )
        : right,
    ),
  ),
  contract(
    "VEC-HOTPLUG-7-R",
    "restarted-although-disabled",
    "a managed interrupt starts with its CPU although its driver had disabled it",
    after((_config, before, command, right) =>
      command.kind === "cpuUp"
        ? eachIrq(right, before, (irq, was) =>
            was?.managedShutdown === true && !irq.managedShutdown ? { depth: 0 } : undefined,
          )
        : right,
    ),
    { config: { ...twoCpus, hotplug: true } },
  ),
  contract(
    "VEC-HOTPLUG-7-R",
    "never-restarted",
    "a managed interrupt is forgotten when its CPU comes back",
    after((_config, before, command, right) =>
      command.kind === "cpuUp"
        ? eachIrq(right, before, (_irq, was) => (was?.managedShutdown === true ? was : undefined))
        : right,
    ),
  ),
  contract(
    "VEC-AFF-1",
    "remainder-lost",
    "the CPUs that do not divide evenly are in no group",
    after((_config, _before, command, right) => {
      if (command.kind !== "spread" || right.response.kind !== "masks") return right;
      const { masks, groups } = right.response;
      const own = masks.slice(command.pre, command.pre + groups);
      const least = Math.min(...own.map((mask) => mask.length));
      return {
        ...right,
        response: {
          ...right.response,
          masks: masks.map((mask, i) =>
            i >= command.pre && i < command.pre + groups ? mask.slice(0, least) : mask,
          ),
        },
      };
    }),
  ),
  linuxLevel(
    "VEC-AFF-2",
    "siblings-apart",
    "SMT siblings of a CPU are not taken before the next core",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const { cores: _cores, ...flat } = config;
        return command.kind === "spread"
          ? step(flat, state, command)
          : model.step(config, state, command);
      },
    }),
    { config: { ...nodes, nodes: [0, 0, 0, 0], cores: [0, 1, 0, 1] } },
  ),
];
