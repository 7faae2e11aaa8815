/** Draws whole batches for an external system, ahead of its answers. */
import type { Level } from "../../spec/core/clause.js";
import type { RandomChoices } from "../engine/choices.js";
import { swarm } from "../engine/swarm.js";
import type { AnySubsystem, Drawing } from "../subsystem.js";
import type { Hello } from "./protocol.js";
import type { Clauses, Sent, Tracker } from "./tracker.js";

/** How often a command may be drawn that cannot be sent before the run ends. */
const DRAW_TRIES = 40;

export type DrawerOptions = {
  readonly subsystem: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly clauses: Clauses;
  readonly hello: Hello;
  /** Command kinds to draw; absent: a swarm of subsets, run by run. */
  readonly subset?: readonly string[];
};

/** Usual weights of the kinds that the system answers, by themselves or by reference. */
const answeredWeights = (options: DrawerOptions): [string, number][] => {
  const { subsystem, hello, subset } = options;
  const usual = Object.entries(subsystem.generator.weights as Record<string, number>);
  const answers = (kind: string): boolean =>
    hello.commands.includes(kind) || (hello.refs && hello.commands.includes(`${kind}Ref`));
  return usual.map(([kind, weight]) => [
    kind,
    answers(kind) && (subset?.includes(kind) ?? true) ? weight : 0,
  ]);
};

export class Drawer {
  readonly #options: DrawerOptions;
  readonly #tracker: Tracker;
  readonly #choices: RandomChoices;
  readonly #usual: readonly [string, number][];
  readonly #commands: ReadonlySet<string>;
  readonly #drawing: { -readonly [K in keyof Drawing<unknown, unknown>]: unknown };
  /** Drawn, but it must wait for the answers under way. */
  #carried: { command: unknown; issued: unknown } | undefined;
  /** Nothing more can be drawn in this run. */
  exhausted = false;

  constructor(options: DrawerOptions, tracker: Tracker, choices: RandomChoices) {
    this.#options = options;
    this.#tracker = tracker;
    this.#choices = choices;
    this.#usual = answeredWeights(options);
    this.#commands = new Set(options.hello.commands);
    const { config, level } = options;
    this.#drawing = { config, level, view: undefined, weights: new Map(this.#usual) };
  }

  get hopeless(): boolean {
    return this.#usual.every(([, weight]) => weight === 0);
  }

  /** A new run: all kinds, or a random subset that includes what is not yet exercised enough. */
  begin(exercised: readonly number[]): void {
    this.#carried = undefined;
    this.exhausted = false;
    this.#drawing.weights =
      this.#options.subset === undefined
        ? swarm(this.#usual, this.#options.clauses, exercised, this.#choices)
        : new Map(this.#usual);
  }

  /** Up to `size` commands, each taken into the tracker's prediction. */
  fill(size: number): Sent[] {
    const tracker = this.#tracker;
    const { hello } = this.#options;
    const unanswered = tracker.answered;
    const batch: Sent[] = [];
    while (batch.length < size && !this.exhausted) {
      const next = this.#next();
      if (next === undefined) break;
      const { command, issued } = next;
      const ref = hello.refs ? undefined : tracker.handles.refersTo(command);
      if (ref !== undefined && ref >= unanswered) {
        // Without references of its own the system must be told a result that is known.
        this.#carried = next;
        break;
      }
      batch.push(tracker.send(command, issued));
    }
    return batch;
  }

  #next(): { command: unknown; issued: unknown } | undefined {
    const tracker = this.#tracker;
    if (this.#carried !== undefined) {
      const { command } = this.#carried;
      this.#carried = undefined;
      const issued = tracker.handles.resolve(command);
      if (issued !== undefined && tracker.enabled(tracker.predictor.after, issued)) {
        return { command, issued };
      }
    }
    const { generator } = this.#options.subsystem;
    const drawing = this.#drawing as Drawing<unknown, unknown>;
    this.#drawing.view = tracker.predictor.after;
    for (let i = 0; i < DRAW_TRIES; i++) {
      const issued = generator.draw(this.#choices, drawing);
      if (!tracker.enabled(drawing.view, issued)) continue;
      const command = tracker.handles.refer(issued);
      if (this.#sendable(command, issued)) return { command, issued };
    }
    this.exhausted = true;
    return undefined;
  }

  #sendable(command: unknown, issued: unknown): boolean {
    const sent = this.#options.hello.refs ? command : issued;
    return this.#commands.has((sent as { kind: string }).kind);
  }
}
