/** Command lists for fast-check: drawn by a subsystem's own generator, shrunk as commands. */
import fc from "fast-check";
import type { Choices } from "../../spec/core/choices.js";
import type { Level } from "../../spec/core/clause.js";
import { References, symbolic } from "../engine/replay.js";
import { simplerCommands } from "../engine/shrink.js";
import { stepperOf } from "../engine/stepper.js";
import type { AnySubsystem, Drawing } from "../subsystem.js";
import { type Area, answers } from "./system.js";

export type TraceOptions<Config, Kind extends string = string> = {
  /** The subsystem's configuration for finding faults unless told. */
  readonly config?: Config;
  /** `contract` unless told. */
  readonly level?: Level;
  /** Commands in a list at the most; 60 unless told. */
  readonly maxLength?: number;
  /** Kinds to draw, such as those that the system answers; all unless told. */
  readonly commands?: readonly Kind[];
};

type Setting = {
  readonly area: AnySubsystem;
  readonly config: unknown;
  readonly level: Level;
  readonly maxLength: number;
  readonly kinds: readonly string[];
};

/** How often a command may be drawn that cannot be issued before the list ends. */
const DRAW_TRIES = 40;
/** Up to this length pairs of commands are taken out together. */
const PAIRS_UP_TO = 14;

type Commands = readonly unknown[];

/** Walks the reference through commands; what makes no sense in its state is left out. */
const legal = (setting: Setting, commands: Commands): number[] => {
  const { area, config, level } = setting;
  const stepper = stepperOf<unknown, unknown, unknown>(area, config);
  const references = new References(area);
  const kept: number[] = [];
  commands.forEach((command, index) => {
    const issued = references.resolve(command);
    if (issued === undefined) return;
    if (!area.generator.enabled(config, level, stepper.after, issued)) return;
    stepper.commit();
    references.note(index, issued, stepper.apply(issued));
    kept.push(index);
  });
  return kept;
};

/** The commands at these positions, references renumbered; those that lose theirs go too. */
const keep = (area: AnySubsystem, commands: Commands, positions: readonly number[]): Commands => {
  const place = new Map<number, number>();
  const result: unknown[] = [];
  for (const i of positions) {
    const ref = area.references?.refersTo(commands[i]);
    const to = ref === undefined ? undefined : place.get(ref);
    if (ref !== undefined && to === undefined) continue;
    place.set(i, result.length);
    result.push(to === undefined ? commands[i] : area.references?.renumber(commands[i], to));
  }
  return result;
};

const draw = (setting: Setting, choices: Choices): Commands => {
  const { area, config, level, maxLength, kinds } = setting;
  const usual = Object.entries(area.generator.weights as Record<string, number>).filter(([kind]) =>
    answers(kinds, kind),
  );
  // Half the lists leave kinds out: some states come up only where others are not undone.
  const thinned = choices.below(2) === 0;
  const drawn = usual.filter(() => !thinned || choices.below(2) === 0);
  const weights = new Map(drawn.length > 0 ? drawn : usual);
  for (const kind of Object.keys(area.generator.weights)) {
    if (!weights.has(kind)) weights.set(kind, 0);
  }
  const stepper = stepperOf<unknown, unknown, unknown>(area, config);
  const steps: { issued: unknown; response: unknown }[] = [];
  const length = 1 + choices.below(maxLength);
  const drawing: Omit<Drawing<unknown, unknown>, "view"> = { config, level, weights };
  for (let tries = 0; steps.length < length && tries < DRAW_TRIES; tries++) {
    const issued: unknown = area.generator.draw(choices, { ...drawing, view: stepper.after });
    const { kind } = issued as { kind: string };
    if (!answers(kinds, kind)) continue;
    if (!area.generator.enabled(config, level, stepper.after, issued)) continue;
    stepper.commit();
    steps.push({ issued, response: stepper.apply(issued) });
    tries = 0;
  }
  return symbolic(area, steps);
};

/** Ever smaller stretches, single commands, pairs, and simpler commands. */
function* simpler(setting: Setting, commands: Commands): IterableIterator<Commands> {
  const { area } = setting;
  const all = commands.map((_command, i) => i);
  for (let size = commands.length >> 1; size >= 1; size >>= 1) {
    for (let from = commands.length - size; from > -size; from -= size) {
      const start = Math.max(0, from);
      yield keep(
        area,
        commands,
        all.filter((i) => i < start || i >= start + size),
      );
    }
  }
  if (commands.length <= PAIRS_UP_TO) {
    for (const i of all) {
      for (let j = 0; j < i; j++) {
        yield keep(
          area,
          commands,
          all.filter((k) => k !== i && k !== j),
        );
      }
    }
  }
  for (const i of all) {
    for (const one of simplerCommands(commands[i])) {
      if (!area.codecs.command.is(one)) continue;
      yield commands.map((command, k) => (k === i ? one : command));
    }
  }
}

/**
 * fast-check's own way of shrinking numbers would change what every later command means, so this
 * arbitrary shrinks the commands themselves.
 */
class Traces extends fc.Arbitrary<Commands> {
  readonly #setting: Setting;
  constructor(setting: Setting) {
    super();
    this.#setting = setting;
  }
  override generate(random: fc.Random): fc.Value<Commands> {
    const choices = { below: (bound: number) => random.nextInt(0, bound - 1) };
    return new fc.Value(draw(this.#setting, choices), undefined);
  }
  override canShrinkWithoutContext(value: unknown): value is Commands {
    return Array.isArray(value);
  }
  override shrink(value: Commands): fc.Stream<fc.Value<Commands>> {
    return fc.stream(this.#smaller(value));
  }
  *#smaller(value: Commands): IterableIterator<fc.Value<Commands>> {
    const setting = this.#setting;
    for (const candidate of simpler(setting, value)) {
      const kept = keep(setting.area, candidate, legal(setting, candidate));
      // A list that is neither shorter nor simpler would be shrunk again without end.
      const whole = kept.length === candidate.length;
      if (kept.length < value.length || whole) yield new fc.Value(kept, undefined);
    }
  }
}

/**
 * A fast-check arbitrary of command lists. Later commands name the results of earlier ones by
 * reference, so that a list stays meaningful when it shrinks and on a system that chooses
 * otherwise than Linux; `assertConforms` resolves them.
 */
export const traces = <Config, Command extends { kind: string }, Response>(
  area: Area<Config, Command, Response>,
  options: TraceOptions<Config, Command["kind"]> = {},
): fc.Arbitrary<readonly Command[]> =>
  new Traces({
    area,
    config: options.config ?? area.faultConfig,
    level: options.level ?? "contract",
    maxLength: options.maxLength ?? 60,
    kinds: options.commands ?? area.commandKinds,
  }) as fc.Arbitrary<Commands> as fc.Arbitrary<readonly Command[]>;
