/** One command on the vector layer of Linux 7.0. */
import { match } from "ts-pattern";
import type { Outcome } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  Errno,
  Response,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { freeIrq, setup } from "./activate.js";
import { type Delivery, deliver } from "./dispatch.js";
import { type Env, linuxEnv } from "./env.js";
import { cpuDown, cpuUp } from "./hotplug.js";
import { disable, enable, shutdown, startup, userSetAffinity } from "./manage.js";
import { cleanupTimer, countWaiting } from "./move.js";
import { spread } from "./spread.js";
import { irqOf, isPending, onlineCpus, raise, type State, setUp } from "./state.js";

export type VectorOutcome = Outcome<State, Response>;
type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const answer = (state: State, response: Response): VectorOutcome => ({ state, response });
const done = (state: State): VectorOutcome => answer(state, { kind: "done" });

/** An error; `fatal` leaves no state worth having. */
const failed = (before: State, after: State, error: Errno | "fatal"): VectorOutcome =>
  error === "fatal" ? answer(before, { kind: "fatal" }) : answer(after, { kind: "failed", error });

const at = (state: State, irq: number): VectorOutcome => {
  const { cpu, vector } = irqOf(state, irq);
  return answer(state, { kind: "at", cpu, vector });
};

export const step = (config: Config, state: State, command: Command): VectorOutcome =>
  stepIn(linuxEnv(config), state, command);

/** The same with its free decisions taken by `env`. */
export const stepIn = (env: Env, before: State, command: Command): VectorOutcome => {
  const state: State = before.writes.length === 0 ? before : { ...before, writes: [] };
  // A command about an interrupt that is not set up, or that exists already, is a harness's slip.
  if ("irq" in command && command.kind !== "setup" && state.irqs[command.irq] === undefined) {
    return failed(state, state, "EINVAL");
  }
  return match(command)
    .returnType<VectorOutcome>()
    .with({ kind: "setup" }, (c) => doSetup(env, state, c))
    .with({ kind: "startup" }, (c) => doStartup(env, state, c.irq))
    .with({ kind: "shutdown" }, (c) => done(shutdown(env, state, c.irq)))
    .with({ kind: "teardown" }, (c) => doTeardown(env, state, c.irq))
    .with({ kind: "disable" }, (c) => done(disable(state, c.irq)))
    .with({ kind: "enable" }, (c) => doEnable(env, state, c.irq))
    .with({ kind: "setAffinity" }, (c) => doSetAffinity(env, state, c))
    .with({ kind: "pend" }, (c) => done(raise(state, c.cpu, c.vector)))
    .with({ kind: "deliver" }, (c) => doDeliver(env, state, c))
    .with({ kind: "interrupt" }, (c) => doDeliver(env, raise(state, c.cpu, c.vector), c))
    .with({ kind: "cleanup" }, (c) => {
      const { state: next, freed } = cleanupTimer(env, state, c.cpu);
      return answer(next, { kind: "cleaned", irqs: freed });
    })
    .with({ kind: "tick" }, () => doTick(env, state))
    .with({ kind: "cpuDown" }, (c) => doCpuDown(env, state, c))
    .with({ kind: "cpuUp" }, (c) => doCpuUp(env, state, c.cpu))
    .with({ kind: "spread" }, (c) =>
      answer(state, { kind: "masks", ...spread(env.config, c.vectors, c.pre, c.post) }),
    )
    .exhaustive();
};

const doSetup = (env: Env, state: State, command: Of<"setup">): VectorOutcome => {
  const irqs = Array.from({ length: command.count }, (_x, i) => command.irq + i);
  const free = (irq: number) => irq < env.config.irqs && state.irqs[irq] === undefined;
  if (!irqs.every(free)) return failed(state, state, "EBUSY");
  if (command.cpus.length === 0 && command.policy !== "reserve") {
    return failed(state, state, "EINVAL");
  }
  const { state: next, error, reserved } = setup(env, state, command);
  if (error !== undefined) return failed(state, next, error);
  return answer(next, {
    kind: "ready",
    cpus: irqs.map((irq) => irqOf(next, irq).hwCpu),
    vectors: irqs.map((irq) => irqOf(next, irq).hwVector),
    reserved,
  });
};

const doStartup = (env: Env, state: State, irq: number): VectorOutcome => {
  if (irqOf(state, irq).requested) return failed(state, state, "EBUSY");
  const { state: next, error, parked } = startup(env, state, irq);
  if (error !== undefined) return failed(state, next, error);
  if (parked) return answer(next, { kind: "parked" });
  const { cpu, vector, prevCpu, prevVector } = irqOf(next, irq);
  // The affinity that a start sets up may differ from the one that activation went by.
  const moved = irqOf(state, irq).vector === 0 && prevVector !== 0;
  const first = moved ? { prevCpu, prevVector } : {};
  return answer(next, { kind: "at", cpu, vector, ...first });
};

const doTeardown = (env: Env, state: State, irq: number): VectorOutcome => {
  if (irqOf(state, irq).requested) return failed(state, state, "EBUSY");
  const { state: next, released } = freeIrq(env, deactivateFirst(env, state, irq), irq);
  return answer(next, { kind: "released", vectors: released });
};

const deactivateFirst = (env: Env, state: State, irq: number): State =>
  irqOf(state, irq).activated ? shutdown(env, state, irq) : state;

const doEnable = (env: Env, state: State, irq: number): VectorOutcome => {
  const { state: next, error } = enable(env, state, irq);
  return error === undefined ? done(next) : failed(state, next, error);
};

const doSetAffinity = (env: Env, state: State, c: Of<"setAffinity">): VectorOutcome => {
  const { state: next, error, how } = userSetAffinity(env, state, c.irq, c.cpus);
  if (error !== undefined) return failed(state, next, error);
  return how === "moved" ? at(next, c.irq) : answer(next, { kind: how });
};

const doDeliver = (
  env: Env,
  state: State,
  command: Of<"deliver"> | Of<"interrupt">,
): VectorOutcome => {
  const again = command.again ? { ...env, again: true } : env;
  const result: Delivery = deliver(again, state, command.cpu, command.vector);
  if (result.kind !== "delivered") return answer(result.state, { kind: result.kind });
  const { irq, handled } = result;
  const { cpu, vector } = irqOf(result.state, irq);
  const here = command.cpu;
  const stray =
    cpu !== here && isPending(result.state, here, vector) && !isPending(state, here, vector);
  return answer(result.state, {
    kind: "delivered",
    irq,
    handled,
    cpu,
    vector,
    ...(stray ? { stray } : {}),
  });
};

const doTick = (env: Env, state: State): VectorOutcome => {
  let next = state;
  const irqs: number[] = [];
  for (const cpu of onlineCpus(state)) {
    if (state.timers[cpu] !== true) continue;
    const run = cleanupTimer(env, next, cpu);
    next = run.state;
    irqs.push(...run.freed);
  }
  next = countWaiting(env, next);
  return answer(next, { kind: "cleaned", irqs: irqs.sort((a, b) => a - b) });
};

/** Interrupts whose pair is another one than before. */
const movedFrom = (before: State, after: State): VectorOutcome => {
  const irqs = setUp(after).filter((irq) => {
    const [a, b] = [before.irqs[irq], irqOf(after, irq)];
    return a?.cpu !== b.cpu || a.vector !== b.vector;
  });
  return answer(after, {
    kind: "moved",
    irqs,
    cpus: irqs.map((irq) => irqOf(after, irq).cpu),
    vectors: irqs.map((irq) => irqOf(after, irq).vector),
  });
};

const doCpuDown = (env: Env, state: State, c: Of<"cpuDown">): VectorOutcome => {
  if (state.online[c.cpu] !== true) return failed(state, state, "EINVAL");
  const { state: next, error } = cpuDown(env, state, c.cpu, c.arriving);
  return error === undefined ? movedFrom(state, next) : failed(state, next, error);
};

const doCpuUp = (env: Env, state: State, cpu: number): VectorOutcome => {
  if (state.online[cpu] === true) return failed(state, state, "EINVAL");
  const { state: next, error } = cpuUp(env, state, cpu);
  return error === undefined ? movedFrom(state, next) : failed(state, next, error);
};
