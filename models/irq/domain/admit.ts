/** The contract level: outcomes that keep it, and the state after a system's own answer. */
import { planOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config, Response } from "../../../spec/irq/domain/vocabulary.js";
import type {
  Command as VectorCommand,
  Response as VectorResponse,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { allocateManaged } from "../vector-matrix/allocator/step.js";
import { outcomes as vectorOutcomes } from "../vector-matrix/assignment/admit.js";
import { type Env, linuxEnv } from "../vector-matrix/assignment/env.js";
import { follow as followVectors } from "../vector-matrix/assignment/follow.js";
import { isPending, type State as VectorState } from "../vector-matrix/assignment/state.js";
import { stepIn } from "../vector-matrix/assignment/step.js";
import { hardwarePart, raise } from "./events.js";
import { KernelBus } from "./kernel-bus.js";
import { isTarget, linuxAsk, refused } from "./layer.js";
import { plantOf } from "./plant.js";
import { Program } from "./program.js";
import { settle } from "./settle.js";
import { ownerOf, type State, vectorIrq } from "./state.js";
import { type DomainOutcome, make } from "./step.js";
import { freedWith, type VectorAnswer, vectorCommand, withRequests } from "./vectors.js";
import type { Made } from "./work.js";

/** Ways of the vector layer that are offered for one command. */
const MOST = 6;

/** An outcome that is made when it is looked at: most of those offered are not taken. */
class Late implements DomainOutcome {
  readonly #make: () => DomainOutcome;
  #made: DomainOutcome | undefined;
  constructor(make: () => DomainOutcome) {
    this.#make = make;
  }
  #get(): DomainOutcome {
    this.#made ??= this.#make();
    return this.#made;
  }
  get state(): State {
    return this.#get().state;
  }
  get response(): Response {
    return this.#get().response;
  }
}

/**
 * A new pair that is not to be had: a CPU that no message can name, or a vector under which
 * somebody's old interrupt is still pending, so that the first one would be foreign.
 */
const isUnfit = (config: Config, before: VectorState, after: VectorState): boolean => {
  for (let n = 0; n < after.irqs.length; n++) {
    const now = after.irqs[n];
    if (now === undefined || now.vector === 0) continue;
    const was = before.irqs[n];
    if (was !== undefined && was.cpu === now.cpu && was.vector === now.vector) continue;
    if (before.slots[now.cpu]?.get(now.vector) === n) continue;
    if (isPending(before, now.cpu, now.vector) || !isTarget(config, now.cpu)) return true;
  }
  return false;
};

const choices = (
  config: Config,
  vectors: VectorState,
  asked: VectorCommand,
): readonly VectorAnswer[] => {
  const all = vectorOutcomes(plantOf(config).vectors, vectors, asked);
  const fit = all.filter((o) => !isUnfit(config, vectors, o.state));
  return fit.length > 0 ? fit.slice(0, MOST) : [linuxAsk(config)(vectors, asked)];
};

/** The same answer with the end of the interrupt signalled when its handler returns. */
const acknowledgedLate = (config: Config, before: State, command: Command, made: Made): Made => {
  const { response } = made;
  if (response.kind !== "running" || command.kind !== "take") return made;
  const writes = response.bus.filter((w) => w.space !== "apic" || w.offset !== 0xb0);
  const late: Response = { ...response, bus: writes };
  return { ...made, response: late, ...replay(config, before, command, late) };
};

/** The machine after a command whose writes are known. */
const replay = (config: Config, before: State, command: Command, response: Response) => {
  const owner = command.kind === "take" ? ownerOf(before, command.cpu, command.vector) : -1;
  const again =
    command.kind === "take" && command.again && owner >= 0
      ? (m: State["machine"]) => raise(config, m, owner)
      : undefined;
  const bus = new KernelBus(config, hardwarePart(config, before, command), before.tail, again);
  if (response.kind !== "fatal") for (const w of response.bus) bus.write(w);
  return { machine: bus.machine, tail: bus.tail };
};

const finish = (config: Config, state: State, command: Command, made: Made): DomainOutcome => ({
  state: settle(config, state, command, made),
  response: made.response,
});

export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly DomainOutcome[] => {
  const asked = vectorCommand(config, state, command);
  const linux = linuxAsk(config);
  const style = { contract: true };
  const plain = new Late(() =>
    finish(config, state, command, make(config, state, command, linux, style)),
  );
  if (asked === undefined) return [plain];
  const machine = hardwarePart(config, state, command);
  const vectors = withRequests(state.vectors, state.machine, machine);
  const all: DomainOutcome[] = [];
  for (const choice of choices(config, vectors, asked)) {
    const ask = () => choice;
    const one = () => make(config, state, command, ask, style);
    all.push(new Late(() => finish(config, state, command, one())));
    if (command.kind !== "take") continue;
    all.push(
      new Late(() =>
        finish(config, state, command, acknowledgedLate(config, state, command, one())),
      ),
    );
  }
  if (command.kind === "take" || command.kind === "resume") {
    // Linux's way with a handler that runs elsewhere: wait for its end.
    const waits = () => make(config, state, command, linux, { contract: false });
    all.push(new Late(() => finish(config, state, command, waits())));
  }
  return all;
};

/** What the vector layer would have answered, read off a system's answer. */
const vectorAnswer = (command: Command, response: Response): VectorResponse | undefined => {
  switch (response.kind) {
    case "allocated": {
      const { cpus, vectors, reserved } = response;
      return { kind: "ready", cpus, vectors, reserved };
    }
    case "at": {
      const { bus: _bus, ...rest } = response;
      return rest;
    }
    case "parked":
    case "stored":
    case "deferred":
    case "done":
      return { kind: response.kind };
    case "running":
    case "held": {
      if (command.kind !== "take" && command.kind !== "resume") return undefined;
      const { bus: _bus, kind, ...rest } = response;
      return { kind: "delivered", handled: kind === "running", ...rest };
    }
    case "stray":
      return { kind: "spurious" };
    case "cleaned":
      return { kind: "cleaned", irqs: response.irqs };
    case "moved": {
      const { bus: _bus, ...rest } = response;
      return rest;
    }
    case "failed":
      return { kind: "failed", error: "ENOSPC" };
    default:
      return undefined;
  }
};

const followFree = (config: Config, before: State, vectors: VectorState, c: FreeAnswer) => {
  let next = vectors;
  let at = 0;
  for (const irq of freedWith(config, before, c.irq)) {
    const entry = vectorIrq(before, irq);
    const length = entry?.managed === true ? entry.affinity.length : 0;
    const own = c.vectors.slice(at, at + length);
    at += length;
    const asked = { kind: "teardown", irq } as const;
    next = followVectors(plantOf(config).vectors, next, asked, { kind: "released", vectors: own });
  }
  return next;
};
type FreeAnswer = { readonly irq: number; readonly vectors: readonly (number | null)[] };

/**
 * Managed interrupts start where the answer says, and where it says nothing they do not: the layer
 * below takes silence for Linux's own choice, but a start may have found no vector fit to use.
 */
const startsAsListed = (
  config: Config,
  vectors: VectorState,
  asked: VectorCommand,
  response: Response,
): VectorState | undefined => {
  const { kind } = response;
  if (kind !== "parked" && !(kind === "moved" && asked.kind === "cpuUp")) return undefined;
  const below = plantOf(config).vectors;
  const env: Env = {
    ...linuxEnv(below),
    forgiving: true,
    allocManaged: (irq, matrix) => {
      const at = kind === "moved" ? response.irqs.indexOf(irq) : -1;
      if (kind !== "moved" || at < 0) return refused(matrix);
      const [cpu, vector] = [response.cpus[at] ?? -1, response.vectors[at] ?? 0];
      const known = cpu >= 0 && cpu < below.cpus && vector > 0 && vector < below.bits;
      return known ? allocateManaged(matrix, cpu, vector) : refused(matrix);
    },
  };
  const cleared = vectors.writes.length === 0 ? vectors : { ...vectors, writes: [] };
  return stepIn(env, cleared, asked).state;
};

/** The vector layer after the system's own choice. */
const followLayer = (
  config: Config,
  before: State,
  vectors: VectorState,
  command: Command,
  response: Response,
): VectorState => {
  if (command.kind === "free") {
    if (response.kind !== "freed") return vectors;
    return followFree(config, before, vectors, { irq: command.irq, vectors: response.vectors });
  }
  // A start that waits takes nothing, and a CPU that finds nothing has asked nobody.
  if (response.kind === "waiting" || response.kind === "tick") return vectors;
  const asked = vectorCommand(config, before, command);
  const answer = vectorAnswer(command, response);
  if (asked === undefined || answer === undefined) return vectors;
  const listed = startsAsListed(config, vectors, asked, response);
  if (listed !== undefined) return listed;
  return followVectors(plantOf(config).vectors, vectors, asked, answer);
};

/** Bookkeeping of remapping entries, as the answer implies it. */
const followEntries = (
  config: Config,
  before: State,
  vectors: VectorState,
  command: Command,
  response: Response,
): State["entries"] => {
  if (config.remapping === "none" || response.kind === "failed" || response.kind === "fatal") {
    return before.entries;
  }
  const program = new Program(config, before.entries, undefined);
  if (command.kind === "alloc" && response.kind === "allocated") {
    program.place(command.device, command.first, command.count, response.indices);
  }
  const activated = new Set<number>();
  for (const write of vectors.writes) {
    const fresh = vectorIrq(before, write.irq)?.activated !== true && !activated.has(write.irq);
    activated.add(write.irq);
    program.carryOut(write, fresh);
  }
  if (command.kind === "free" && response.kind === "freed") {
    for (const irq of freedWith(config, before, command.irq)) program.release(irq);
  }
  return program.entries;
};

/** Total: nonsense changes as little as possible; clauses alone decide what is legal. */
export const follow = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
): State => {
  const { machine, tail } = replay(config, state, command, response);
  const taken = hardwarePart(config, state, command);
  const current = withRequests(state.vectors, state.machine, taken);
  const cleared = current.writes.length === 0 ? current : { ...current, writes: [] };
  const irqs = planOf(config).count;
  const known = !("irq" in response) || response.irq < irqs;
  const vectors =
    response.kind === "fatal" || !known
      ? cleared
      : followLayer(config, state, cleared, command, response);
  const entries = followEntries(config, state, vectors, command, response);
  return settle(config, state, command, { response, vectors, entries, machine, tail });
};
