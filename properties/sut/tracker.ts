/** Judges a foreign system's answers one by one, and foresees the next ones. */
import type { JudgedClause, Level, Transition } from "../../spec/core/clause.js";
import { InputError, shown } from "../../spec/core/decode.js";
import { Judge } from "../engine/judge.js";
import { Session } from "../engine/session.js";
import { type Stepper, stepperOf } from "../engine/stepper.js";
import type { AnySubsystem } from "../subsystem.js";
import { Handles } from "./handles.js";
import { SKIPPED, type SystemFault } from "./protocol.js";

// biome-ignore lint/suspicious/noExplicitAny: serves every subsystem
export type AnyT = Transition<any, any, any, any>;
export type Clauses = readonly JudgedClause<AnyT>[];

/** A command on its way to the system. */
export type Sent = {
  /** As recorded: earlier results named by reference. */
  readonly command: unknown;
  /** References resolved to what was predicted. */
  readonly issued: unknown;
  readonly predicted: unknown;
};

/** What an answer came to. `astray`: a wrong prediction had the command sent out of turn. */
export type Outcome = "holds" | "violated" | "skipped" | "astray" | SystemFault;

export type TrackerOptions = {
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: Clauses;
};

/**
 * Two steppers: the session's follows the answers, the predictor runs ahead of them as Linux
 * would, so that whole batches can be drawn. Where the system chooses otherwise they part; the
 * predictor is brought back when all answers are in.
 */
export class Tracker {
  readonly session: Session;
  readonly handles: Handles;
  readonly predictor: Stepper<unknown, unknown, unknown>;
  /** Commands sent and commands answered in this run. */
  sent = 0;
  answered = 0;
  /** Some answer since the last `align` was not the predicted one. */
  parted = false;
  /** Command of the last judged answer, references resolved to what the system gave. */
  issued: unknown;
  readonly #options: TrackerOptions;
  readonly #showing: Judge<AnyT>;
  readonly #plainAt: readonly number[];
  readonly #showingAt: readonly number[];
  readonly #scratch: Int32Array;

  constructor(options: TrackerOptions) {
    const { subsystem, config, level, clauses } = options;
    this.#options = options;
    const needy = (clause: JudgedClause<AnyT>): boolean => (clause.needs ?? []).length > 0;
    const at = (want: boolean): number[] =>
      clauses.map((_c, i) => i).filter((i) => needy(clauses[i] as JudgedClause<AnyT>) === want);
    this.#plainAt = at(false);
    this.#showingAt = at(true);
    const pick = (list: readonly number[]): Clauses =>
      list.map((i) => clauses[i] as JudgedClause<AnyT>);
    // Clauses that need the system's own state are judged where it was asked for it.
    this.session = new Session(subsystem, config, level, pick(this.#plainAt));
    this.#showing = new Judge(pick(this.#showingAt), subsystem.commandKinds);
    this.predictor = stepperOf(subsystem, config);
    this.handles = new Handles(subsystem);
    this.#scratch = new Int32Array(this.predictor.words);
  }

  reset(): void {
    this.session.reset();
    this.predictor.reset();
    this.handles.clear();
    this.sent = 0;
    this.answered = 0;
    this.parted = false;
  }

  /**
   * Takes a command into the batch: the predictor answers it, or follows the answer that is
   * expected. `issued` is without references.
   */
  send(command: unknown, issued: unknown, expected?: unknown): Sent {
    this.predictor.commit();
    let predicted = this.predictor.apply(issued);
    if (expected !== undefined && !this.#options.subsystem.sameResponse(predicted, expected)) {
      this.predictor.revert();
      this.predictor.follow(issued, expected);
      predicted = expected;
    }
    this.handles.note(this.sent++, issued, predicted);
    return { command, issued, predicted };
  }

  enabled(view: unknown, issued: unknown): boolean {
    const { subsystem, config, level } = this.#options;
    return subsystem.generator.enabled(config, level, view, issued);
  }

  /** Judges the answer to the oldest unanswered command. */
  take(sent: Sent, response: unknown, observation: unknown): Outcome {
    const { session, handles } = this;
    const { subsystem, config } = this.#options;
    const index = this.answered++;
    const issued = this.parted ? handles.resolve(sent.command) : sent.issued;
    this.issued = issued;
    const fault = (message: string): SystemFault => ({ clause: "SYS-TYPE", at: index, message });
    if (issued === undefined) {
      handles.nothing(index);
      if (response === SKIPPED) return "skipped";
      return fault(
        `answered ${shown(response)} to a reference without a result, expected {"kind":"skipped"}`,
      );
    }
    if (response === SKIPPED) {
      return fault("skipped a command that refers to nothing, or to a result that there is");
    }
    if (this.parted && !this.enabled(session.stepper.after, issued)) return "astray";
    let holds: boolean;
    try {
      holds = session.accept(
        issued,
        response,
        observation === undefined
          ? undefined
          : (after) =>
              subsystem.observation.decode(config, observation, { file: "observation" }, after),
      );
    } catch (error) {
      if (error instanceof InputError) return fault(error.message);
      throw error;
    }
    const { t } = session;
    if (t.observed !== undefined && !this.#showing.judge(t)) holds = false;
    else if (t.observed === undefined) this.#showing.violated.length = 0;
    if (!subsystem.sameResponse(sent.predicted, response)) this.parted = true;
    if (this.parted) handles.note(index, issued, response);
    return holds ? "holds" : "violated";
  }

  /** Brings the predictor back to where the answers led; nothing may be under way. */
  align(): void {
    if (!this.parted) return;
    const { stepper } = this.session;
    if (stepper.words > 0) stepper.save(this.#scratch, 0);
    this.predictor.load(this.#scratch, 0, stepper.mark());
    this.parted = false;
  }

  /** Ids of the clauses that the last answer broke, catalogue order. */
  violated(): string[] {
    const { clauses } = this.#options;
    const indices = [
      ...this.session.judge.violated.map((i) => this.#plainAt[i] as number),
      ...this.#showing.violated.map((i) => this.#showingAt[i] as number),
    ];
    return indices.sort((a, b) => a - b).map((i) => clauses[i]?.id ?? "?");
  }

  get evaluations(): number {
    return this.session.judge.evaluations + this.#showing.evaluations;
  }

  /** Per clause, how often it was exercised. */
  exercised(): number[] {
    const counts: number[] = this.#options.clauses.map(() => 0);
    this.#plainAt.forEach((to, i) => {
      counts[to] = this.session.judge.exercised[i] as number;
    });
    this.#showingAt.forEach((to, i) => {
      counts[to] = this.#showing.exercised[i] as number;
    });
    return counts;
  }
}
