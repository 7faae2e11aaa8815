import {
  type AnyTransition,
  type Clause,
  type JudgedClause,
  judgedAt,
  type Level,
} from "../../spec/core/clause.js";

/** Which clauses are judged in a run, and why the others are not. */
export type Scope<T extends AnyTransition> = {
  readonly judged: readonly JudgedClause<T>[];
  readonly notJudged: readonly { readonly clause: Clause<T>; readonly why: string }[];
};

export const scopeOf = <T extends AnyTransition>(
  clauses: readonly Clause<T>[],
  level: Level,
  observes: readonly string[],
): Scope<T> => {
  const judged: JudgedClause<T>[] = [];
  const notJudged: { clause: Clause<T>; why: string }[] = [];
  for (const clause of judgedAt(clauses, level)) {
    const missing = (clause.needs ?? []).filter((name) => !observes.includes(name));
    if (missing.length === 0) judged.push(clause);
    else notJudged.push({ clause, why: `the system does not show ${missing.join(", ")}` });
  }
  for (const clause of clauses) {
    if (clause.kind === "declared") notJudged.push({ clause, why: `awaits ${clause.awaits}` });
  }
  return { judged, notJudged };
};

const always = (): boolean => true;

/**
 * Judges transitions. Counts how often each clause was exercised, so that silence is told apart
 * from proof, and how many predicates were evaluated.
 */
export class Judge<T extends AnyTransition> {
  readonly clauses: readonly JudgedClause<T>[];
  /** Per clause, how many transitions it applied to. */
  readonly exercised: Float64Array;
  /** Indices of the clauses that the last transition broke, catalogue order. */
  readonly violated: number[] = [];
  evaluations = 0;
  readonly #stepsByKind = new Map<string, readonly number[]>();
  readonly #anyStep: readonly number[];
  readonly #invariants: readonly number[];
  /** The predicates by clause index: clause objects have many shapes, and so are slow to read. */
  readonly #applies: readonly ((t: T) => boolean)[];
  readonly #holds: readonly ((t: T) => boolean)[];

  constructor(clauses: readonly JudgedClause<T>[], kinds: readonly string[]) {
    this.clauses = clauses;
    this.exercised = new Float64Array(clauses.length);
    this.#applies = clauses.map((clause) => clause.applies);
    this.#holds = clauses.map((clause) => (clause.kind === "witness" ? always : clause.holds));
    const indices = clauses.map((_clause, i) => i);
    const of = (i: number): JudgedClause<T> => clauses[i] as JudgedClause<T>;
    this.#invariants = indices.filter((i) => of(i).kind === "invariant");
    const steps = indices.filter((i) => of(i).kind !== "invariant");
    this.#anyStep = steps.filter((i) => of(i).on === undefined);
    for (const kind of kinds) {
      this.#stepsByKind.set(
        kind,
        steps.filter((i) => of(i).on?.includes(kind) ?? true),
      );
    }
  }

  /** Judges everything. True when all clauses hold. */
  judge(t: T): boolean {
    this.#clear();
    this.#run(this.stepsOf(t.command.kind as string), t);
    this.#run(this.#invariants, t);
    return this.violated.length === 0;
  }

  /** Step clauses alone, for searches that judge invariants once a state. */
  judgeSteps(t: T): boolean {
    return this.judgeThese(this.stepsOf(t.command.kind as string), t);
  }

  /** Indices of the clauses that commands of a kind can exercise, without the invariants. */
  stepsOf(kind: string): readonly number[] {
    return this.#stepsByKind.get(kind) ?? this.#anyStep;
  }

  judgeInvariants(t: T): boolean {
    return this.judgeThese(this.#invariants, t);
  }

  judgeThese(list: readonly number[], t: T): boolean {
    this.#clear();
    this.#run(list, t);
    return this.violated.length === 0;
  }

  #clear(): void {
    // Setting a length is slow even where it changes nothing.
    if (this.violated.length !== 0) this.violated.length = 0;
  }

  #run(list: readonly number[], t: T): void {
    const applies = this.#applies;
    const holds = this.#holds;
    this.evaluations += list.length;
    for (let k = 0; k < list.length; k++) {
      const i = list[k] as number;
      if (!(applies[i] as (t: T) => boolean)(t)) continue;
      this.exercised[i] = (this.exercised[i] as number) + 1;
      if (!(holds[i] as (t: T) => boolean)(t)) this.violated.push(i);
    }
  }
}
