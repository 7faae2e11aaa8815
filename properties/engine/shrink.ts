/** Shrinks a violating command list to a minimal one that breaks the same clause. */
import type { AnySubsystem } from "../subsystem.js";

/**
 * Runs a candidate. Answers how many commands ran up to and including the violation and the
 * clauses it broke, or undefined when nothing broke.
 */
export type Trial = (
  commands: readonly unknown[],
) => Promise<{ kept: readonly number[]; clauses: readonly string[] } | undefined>;

export type ShrinkResult = {
  readonly commands: readonly unknown[];
  readonly runs: number;
  /** Other clauses met on the way: finds of their own, never taken for the one sought. */
  readonly others: ReadonlyMap<string, readonly unknown[]>;
};

/** Candidates tried at the most; a slow external system ends the shrinking here. */
const MAX_RUNS = 4000;
/** Up to this length pairs of commands are tried for removal together. */
const PAIRS_UP_TO = 14;

/** Numbers up to this are tried one by one. */
const SMALL = 64;

class Shrinker {
  readonly #subsystem: AnySubsystem;
  readonly #clause: string;
  readonly #trial: Trial;
  best: readonly unknown[];
  runs = 0;
  readonly others = new Map<string, readonly unknown[]>();

  constructor(subsystem: AnySubsystem, clause: string, commands: readonly unknown[], trial: Trial) {
    this.#subsystem = subsystem;
    this.#clause = clause;
    this.#trial = trial;
    this.best = commands;
  }

  /** Tries a candidate; on success what really ran becomes the best. */
  async attempt(candidate: readonly unknown[]): Promise<boolean> {
    if (this.runs >= MAX_RUNS) return false;
    this.runs++;
    const outcome = await this.#trial(candidate);
    if (outcome === undefined) return false;
    if (!outcome.clauses.includes(this.#clause)) {
      for (const other of outcome.clauses) {
        if (!this.others.has(other)) this.others.set(other, this.keep(candidate, outcome.kept));
      }
      return false;
    }
    this.best = this.keep(candidate, outcome.kept);
    return true;
  }

  /** The commands at these positions, references renumbered to follow them. */
  keep(commands: readonly unknown[], kept: readonly number[]): readonly unknown[] {
    const { references } = this.#subsystem;
    if (references === undefined) return kept.map((i) => commands[i]);
    const place = new Map(kept.map((from, to) => [from, to]));
    const result: unknown[] = [];
    for (const i of kept) {
      const command = commands[i];
      const ref = references.refersTo(command);
      if (ref === undefined) result.push(command);
      else {
        const to = place.get(ref);
        // A command whose source is gone stays out; it would be left out at replay anyway.
        result.push(to === undefined ? undefined : references.renumber(command, to));
      }
    }
    if (!result.includes(undefined)) return result;
    const positions = result.map((_c, i) => i).filter((i) => result[i] !== undefined);
    return this.keep(
      result.map((c) => c ?? {}),
      positions,
    );
  }

  without(from: number, count: number): readonly unknown[] {
    const positions = this.best.map((_c, i) => i).filter((i) => i < from || i >= from + count);
    return this.keep(this.best, positions);
  }

  /** Removes ever smaller stretches until single commands cannot go. */
  async stretches(): Promise<void> {
    for (let size = Math.max(1, this.best.length >> 1); size >= 1; size >>= 1) {
      let from = Math.max(0, this.best.length - size);
      for (;;) {
        const removed = await this.attempt(this.without(from, size));
        if (from === 0) break;
        from = Math.max(0, Math.min(from, this.best.length) - (removed ? size : size));
      }
    }
  }

  /** Removes two commands at once: one alone may be needed only because of the other. */
  async pairs(): Promise<boolean> {
    if (this.best.length > PAIRS_UP_TO) return false;
    for (let i = this.best.length - 1; i > 0; i--) {
      for (let j = i - 1; j >= 0; j--) {
        const positions = this.best.map((_c, k) => k).filter((k) => k !== i && k !== j);
        if (await this.attempt(this.keep(this.best, positions))) return true;
      }
    }
    return false;
  }

  /** Replaces commands by simpler ones: shorter lists, smaller numbers, false for true. */
  async simplify(): Promise<boolean> {
    let any = false;
    for (let i = 0; i < this.best.length; i++) {
      for (let again = true; again; ) {
        again = false;
        for (const simpler of simplerCommands(this.best[i])) {
          // Only what could be said in a trace, so that the trace can be read again.
          if (!this.#subsystem.codecs.command.is(simpler)) continue;
          const candidate = this.best.slice();
          candidate[i] = simpler;
          if (await this.attempt(candidate)) {
            any = true;
            again = i < this.best.length;
            break;
          }
        }
      }
    }
    return any;
  }
}

/** Simpler forms of a flat command, most drastic first. References are left alone. */
export const simplerCommands = (command: unknown): unknown[] => {
  const results: unknown[] = [];
  for (const [name, value] of Object.entries(command as Record<string, unknown>)) {
    const put = (to: unknown): void => {
      results.push({ ...(command as object), [name]: to });
    };
    if (name === "kind" || name === "ref") continue;
    if (Array.isArray(value)) {
      if (value.length > 1) for (const one of value) put([one]);
      if (value.length > 2) for (const one of value) put(value.filter((v) => v !== one));
    } else if (typeof value === "number" && value > 0) {
      put(0);
      if (value > 2) put(Math.floor(value / 2));
      // Large numbers are addresses and ids: a bit less, not one less, is simpler.
      if (value <= SMALL) put(value - 1);
      else if (value < 2 ** 31) put(value & (value - 1));
    } else if (value === true) {
      put(false);
    }
  }
  return results;
};

export const shrink = async (
  subsystem: AnySubsystem,
  clause: string,
  commands: readonly unknown[],
  trial: Trial,
): Promise<ShrinkResult> => {
  const shrinker = new Shrinker(subsystem, clause, commands, trial);
  // What never ran goes first.
  if (!(await shrinker.attempt(commands))) {
    return { commands, runs: shrinker.runs, others: shrinker.others };
  }
  for (let round = 0; round < 8; round++) {
    const length = shrinker.best.length;
    await shrinker.stretches();
    while (await shrinker.pairs());
    const simplified = await shrinker.simplify();
    if (!simplified && shrinker.best.length === length) break;
  }
  return { commands: shrinker.best, runs: shrinker.runs, others: shrinker.others };
};
