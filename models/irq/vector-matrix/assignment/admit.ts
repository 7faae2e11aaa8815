/**
 * The contract level of the vector layer: outcomes that keep the contract, and the state that
 * follows from a system's own choice.
 */
import type {
  Command,
  Config,
  Response,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { outcomes as matrixOutcomes } from "../allocator/admit.js";
import { cpuOf, type State as MatrixState } from "../allocator/state.js";
import { allocate, type MatrixOutcome, step as matrixStep } from "../allocator/step.js";
import { type Env, linuxEnv } from "./env.js";
import { matrixConfig, type State } from "./state.js";
import { stepIn, type VectorOutcome } from "./step.js";

/** Up to this many (CPU, vector) pairs every legal choice is offered, beyond it a few. */
const SMALL = 32;
/** Outcomes of one command that are offered at most. */
const MOST = 64;
const MOST_WIDE = 4;

const isSmall = (config: Config): boolean => config.cpus * (config.end - config.start) <= SMALL;

/** Walks all sequences of choices: the one of Linux, all zero, first. */
class Odometer {
  readonly #digits: number[] = [];
  readonly #bounds: number[] = [];
  #at = 0;
  pick<T>(from: readonly T[]): T {
    if (this.#at === this.#digits.length) {
      this.#digits.push(0);
      this.#bounds.push(from.length);
    }
    return from[this.#digits[this.#at++] as number] as T;
  }
  next(): boolean {
    this.#at = 0;
    while (this.#digits.length > 0) {
      const last = this.#digits.length - 1;
      const digit = (this.#digits[last] as number) + 1;
      if (digit < (this.#bounds[last] as number)) {
        this.#digits[last] = digit;
        return true;
      }
      this.#digits.pop();
      this.#bounds.pop();
    }
    return false;
  }
}

/** A pair as far from Linux's choice as can be: the highest free vector of the last CPU. */
const farPair = (
  config: Config,
  matrix: MatrixState,
  cpus: readonly number[],
  reserved: boolean,
): MatrixOutcome[] => {
  for (const cpu of [...cpus].reverse()) {
    const map = cpuOf(matrix, cpu);
    if (!map.online) continue;
    for (let vector = config.end - 1; vector >= config.start; vector--) {
      const held = map.allocMap.has(vector) || map.managedMap.has(vector);
      if (!held && !matrix.system.has(vector)) return [allocate(matrix, cpu, vector, reserved)];
    }
  }
  return [];
};

const samePair = (a: Response | MatrixOutcome["response"], b: MatrixOutcome["response"]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Linux's choice, then the others that are legal. */
const choicesOf = (
  config: Config,
  matrix: MatrixState,
  command: Parameters<typeof matrixStep>[2],
): readonly MatrixOutcome[] => {
  const below = matrixConfig(config);
  const first = matrixStep(below, matrix, command);
  let others: readonly MatrixOutcome[] = [];
  if (isSmall(config)) others = matrixOutcomes(below, matrix, command);
  else if (command.kind === "alloc") {
    others = farPair(config, matrix, command.cpus, command.reserved);
  }
  // A refusal where Linux grants is never offered, nor the reverse.
  const { kind } = first.response;
  return [
    first,
    ...others.filter((o) => o.response.kind === kind && !samePair(o.response, first.response)),
  ];
};

const contractEnv = (config: Config, odometer: Odometer): Env => ({
  ...linuxEnv(config),
  alloc: (_irq, matrix, cpus, { hasReserved: reserved }) =>
    odometer.pick(choicesOf(config, matrix, { kind: "alloc", cpus, reserved })),
  allocManaged: (_irq, matrix, cpus) =>
    odometer.pick(choicesOf(config, matrix, { kind: "allocManaged", cpus })),
  reserveManaged: (_irq, matrix, cpus) =>
    odometer.pick(choicesOf(config, matrix, { kind: "reserveManaged", cpus })),
  // The careful path belongs to the interrupts that cannot be masked (A4, read as meant).
  twoStep: (irq) => !irq.maskable,
  lingers: (_irq, entry, pending) =>
    pending || (entry.waited < config.cleanupBound && odometer.pick([false, true])),
});

/** Outcomes the contract admits: all of them in a small configuration, some in a large one. */
export const outcomes = (
  config: Config,
  state: State,
  command: Command,
): readonly VectorOutcome[] => {
  const odometer = new Odometer();
  const env = contractEnv(config, odometer);
  const all: VectorOutcome[] = [];
  const most = isSmall(config) ? MOST : MOST_WIDE;
  do all.push(stepIn(env, state, command));
  while (odometer.next() && all.length < most);
  if (command.kind === "cpuDown" && all[0]?.response.kind === "moved") {
    // A17: a kernel may refuse, as long as nothing changed.
    all.push({ state: cleared(state), response: { kind: "failed", error: "EBUSY" } });
  }
  return all;
};

const cleared = (state: State): State =>
  state.writes.length === 0 ? state : { ...state, writes: [] };
