/** Runs an exact list of commands on an external system and judges it: for replay and shrinking. */
import type { Level } from "../../spec/core/clause.js";
import { lastOf, type ReplayResult, type ReplayStep } from "../engine/replay.js";
import type { AnySubsystem } from "../subsystem.js";
import type { SystemFault } from "./protocol.js";
import type { StdioSystem } from "./stdio.js";
import { type Clauses, type Sent, Tracker } from "./tracker.js";

export type ExternalReplay = ReplayResult & {
  /** Number, in the list given, of the command that broke the clauses. */
  readonly violatedAt?: number;
  /** Of the commands that ran, in order. */
  readonly responses: readonly unknown[];
  /** Set when the system crashed, hung or answered nonsense. */
  readonly fault?: SystemFault;
  /** Per judged clause, how often it was exercised, and how many predicates were evaluated. */
  readonly exercised: readonly number[];
  readonly evaluations: number;
  /** The time ran out before the end of the list. */
  readonly expired?: boolean;
};

export type ReplayOptions = {
  /** Command by command from the start: where the list is known to end a process. */
  readonly stepwise?: boolean;
  /** Asked before every batch; once true the list is cut. */
  readonly expired?: () => boolean;
  /** Which commands of the list to send; the others, and what refers to them, are left out. */
  readonly only?: (command: unknown) => boolean;
};

/** Lists longer than this are first run in batches, to see whether anything breaks at all. */
const BATCH = 64;

/** A process that answers, at the start of this configuration. Answers a fault of its reset. */
export const ready = async (
  system: StdioSystem,
  config: unknown,
): Promise<SystemFault | undefined> => {
  if (!system.alive) await system.restart();
  if (system.config === undefined || system.requested !== config) {
    await system.configure(config);
    return undefined;
  }
  return system.reset();
};

/** A command of the list, and what was decided about it. */
type Entry = { readonly index: number; readonly command: unknown; readonly sent: Sent | undefined };

class Replay {
  readonly #system: StdioSystem;
  readonly #subsystem: AnySubsystem;
  readonly #tracker: Tracker;
  readonly #commands: readonly unknown[];
  readonly #options: ReplayOptions;
  readonly #steps: ReplayStep[] = [];
  /** From the number in the list to the number as sent. */
  readonly #place = new Map<number, number>();

  constructor(
    system: StdioSystem,
    tracker: Tracker,
    commands: readonly unknown[],
    options: ReplayOptions,
  ) {
    this.#system = system;
    this.#subsystem = system.subsystem;
    this.#tracker = tracker;
    this.#commands = commands;
    this.#options = options;
  }

  /** Undefined: a prediction failed in a way that only a run command by command can settle. */
  async run(size: number): Promise<ExternalReplay | undefined> {
    const { hello } = this.#system;
    const tracker = this.#tracker;
    const observe = hello.observes.length > 0 ? "each" : "none";
    for (let next = 0; next < this.#commands.length; ) {
      if (this.#options.expired?.() === true)
        return { ...this.#outcome([]), last: undefined, expired: true };
      const entries = this.#fill(next, size);
      next += entries.length;
      const going = entries.flatMap((entry) => (entry.sent === undefined ? [] : [entry.sent]));
      const lines = going.map((sent) => (hello.refs ? sent.command : sent.issued));
      const result = await this.#system.batch(lines, observe);
      let nth = 0;
      for (const entry of entries) {
        const { sent } = entry;
        if (sent === undefined) {
          // Left out on a prediction that did not come true.
          if (tracker.parted && this.#possible(entry.command)) return undefined;
          continue;
        }
        if (nth === result.fault?.at) return this.#broken(entry, result.fault);
        const outcome = tracker.take(sent, result.responses[nth], result.observations[nth]);
        if (outcome === "astray" || outcome === "skipped") return undefined;
        if (typeof outcome === "object") return this.#broken(entry, outcome);
        this.#step(entry, result.responses[nth]);
        if (outcome === "violated") return this.#violated(entry.index);
        nth++;
      }
      if (result.fault !== undefined) return this.#broken(undefined, result.fault);
      tracker.align();
    }
    const fault = this.#system.alive ? await this.#system.reset() : undefined;
    if (fault !== undefined) return this.#broken(undefined, fault);
    return { ...this.#outcome([]), last: undefined };
  }

  /** Decides on the next commands, as the predictor sees them. */
  #fill(from: number, size: number): Entry[] {
    const tracker = this.#tracker;
    const start = tracker.sent;
    const entries: Entry[] = [];
    for (let index = from; index < this.#commands.length && entries.length < size; index++) {
      const command = this.#renumbered(this.#commands[index]);
      const ref = command === undefined ? undefined : tracker.handles.refersTo(command);
      // A system that cannot resolve references is told results that are known.
      if (ref !== undefined && ref >= start && !this.#system.hello.refs && index > from) break;
      const issued = command === undefined ? undefined : tracker.handles.resolve(command);
      if (
        issued === undefined ||
        !this.#wanted(this.#commands[index]) ||
        !tracker.enabled(tracker.predictor.after, issued)
      ) {
        entries.push({ index, command: this.#commands[index], sent: undefined });
        continue;
      }
      this.#place.set(index, tracker.sent);
      entries.push({ index, command: this.#commands[index], sent: tracker.send(command, issued) });
    }
    return entries;
  }

  /** References count commands as sent; undefined where the referenced one was left out. */
  #renumbered(command: unknown): unknown {
    const ref = this.#tracker.handles.refersTo(command);
    if (ref === undefined) return command;
    const place = this.#place.get(ref);
    return place === undefined ? undefined : this.#subsystem.references?.renumber(command, place);
  }

  #wanted(command: unknown): boolean {
    return this.#options.only?.(command) ?? true;
  }

  #possible(command: unknown): boolean {
    const renumbered = this.#renumbered(command);
    const issued = renumbered === undefined ? undefined : this.#tracker.handles.resolve(renumbered);
    return (
      issued !== undefined &&
      this.#wanted(command) &&
      this.#tracker.enabled(this.#tracker.session.stepper.after, issued)
    );
  }

  #step(entry: Entry, response: unknown): void {
    const { index, command } = entry;
    this.#steps.push({ index, command, issued: this.#tracker.issued, response });
  }

  #outcome(clauses: readonly string[]) {
    const responses = this.#steps.map((step) => step.response);
    const { evaluations } = this.#tracker;
    const exercised = this.#tracker.exercised();
    return { steps: this.#steps, clauses, responses, exercised, evaluations };
  }

  /** `entry`: the command without a right answer; undefined after the last answer. */
  #broken(entry: Entry | undefined, fault: SystemFault): ExternalReplay {
    if (entry?.sent !== undefined) {
      this.#tracker.issued = entry.sent.issued;
      this.#step(entry, undefined);
    }
    const violatedAt = this.#steps.at(-1)?.index ?? 0;
    const placed = { ...fault, at: violatedAt };
    return { ...this.#outcome([fault.clause]), violatedAt, fault: placed, last: undefined };
  }

  async #violated(index: number): Promise<ExternalReplay> {
    const last = lastOf(this.#tracker.session);
    const clauses = this.#tracker.violated();
    // An answer too many shifts all that follow it: then nothing else can be said.
    const fault = this.#system.alive ? await this.#system.reset() : undefined;
    if (fault?.clause === "SYS-EXTRA") {
      return this.#broken(undefined, fault);
    }
    return { ...this.#outcome(clauses), violatedAt: index, last };
  }
}

/**
 * Commands whose precondition does not hold in the tracked state, or whose reference gave
 * nothing, are left out. A process that is gone is started anew. Throws SystemError where it
 * does not start.
 */
export const replayExternal = async (
  system: StdioSystem,
  subsystem: AnySubsystem,
  config: unknown,
  level: Level,
  clauses: Clauses,
  commands: readonly unknown[],
  options: ReplayOptions = {},
): Promise<ExternalReplay> => {
  let tracker: Tracker | undefined;
  const attempt = async (size: number): Promise<ExternalReplay | undefined> => {
    const fault = await ready(system, config);
    if (fault !== undefined) {
      // Left over from an earlier run, which has been judged: a new process has no past.
      await system.restart();
    }
    tracker ??= new Tracker({ subsystem, config: system.config, level, clauses });
    tracker.reset();
    return new Replay(system, tracker, commands, options).run(size);
  };
  if (commands.length > BATCH && options.stepwise !== true) {
    const result = await attempt(BATCH);
    // A process may die before it wrote what it had answered; one by one it shows where.
    if (result !== undefined && result.fault === undefined) return result;
  }
  const result = await attempt(1);
  if (result === undefined) throw new Error("a run command by command is always decided");
  return result;
};
