import type { Choices } from "../../spec/core/choices.js";
import { defaultMinimum, type JudgedClause, type Transition } from "../../spec/core/clause.js";

// biome-ignore lint/suspicious/noExplicitAny: clauses of every subsystem
type AnyClauses = readonly JudgedClause<Transition<any, any, any, any>>[];

/** A kind that could exercise a clause still short of its minimum outweighs its usual weight. */
const WANTED_FACTOR = 4;

/**
 * The weights of one run: all kinds (one run in three), or a random subset of them. One kind that
 * a clause not yet exercised enough waits for is always in.
 */
export const swarm = (
  usual: readonly (readonly [kind: string, weight: number])[],
  clauses: AnyClauses,
  exercised: ArrayLike<number>,
  choices: Choices,
): ReadonlyMap<string, number> => {
  const hungry: string[] = [];
  clauses.forEach((clause, i) => {
    if ((exercised[i] as number) < (clause.minimum ?? defaultMinimum) && clause.on !== undefined) {
      hungry.push(clause.on[choices.below(clause.on.length)] as string);
    }
  });
  const wanted = hungry.length > 0 ? hungry[choices.below(hungry.length)] : undefined;
  const everything = choices.below(3) === 0;
  const weights = new Map<string, number>();
  let total = 0;
  for (const [kind, weight] of usual) {
    const keep = everything || kind === wanted || choices.below(2) === 0;
    const value = keep ? weight * (kind === wanted ? WANTED_FACTOR : 1) : 0;
    weights.set(kind, value);
    total += value;
  }
  return total > 0 ? weights : new Map(usual);
};
