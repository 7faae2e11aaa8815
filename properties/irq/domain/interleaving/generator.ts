import { linuxKernel } from "../../../../models/irq/domain/interleaving/kernel.js";
import {
  mayClean,
  mayFire,
  mayTake,
  sensible,
  wouldStrand,
} from "../../../../models/irq/domain/interleaving/step.js";
import type { Choices } from "../../../../spec/core/choices.js";
import type { Level } from "../../../../spec/core/clause.js";
import {
  type Command,
  type CommandKind,
  type Config,
  commandKinds,
  type Operation,
  operations,
  type View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { pickKind } from "../../../engine/random.js";
import type { Drawing, Generator } from "../../../subsystem.js";

type D = Drawing<Config, View>;

export const enabled = (config: Config, _level: Level, view: View, command: Command): boolean => {
  switch (command.kind) {
    case "begin":
      return sensible(config, view, command);
    case "step":
      if (view.actors[command.actor]?.work === undefined) return false;
      return !config.prompt || !wouldStrand(config, linuxKernel, view, command.actor);
    case "raise":
      return mayFire(config, view, command.interrupt);
    case "interrupt":
      return mayTake(config, view, command.cpu);
    case "cleanup":
      return mayClean(config, view, command.cpu);
  }
};

const drawBegin = (choices: Choices, { config, view }: D): Command | undefined => {
  const idle: number[] = [];
  for (let a = 0; a < config.threads; a++) {
    const actor = view.actors[a];
    if (actor?.work === undefined && (actor?.begun ?? 0) < config.operations) idle.push(a);
  }
  const actor = idle.length === 0 ? undefined : idle[choices.below(idle.length)];
  if (actor === undefined) return undefined;
  const interrupt = choices.below(config.interrupts);
  // A free ends the story of its interrupt, so a move comes more often.
  const likely = operations.flatMap((operation): readonly Operation[] => {
    if (!sensible(config, view, { kind: "begin", actor, operation, interrupt, cpu: 0 })) return [];
    if (operation !== "move") return [operation];
    return config.cpus > 1 ? ["move", "move", "move", "move"] : [];
  });
  if (likely.length === 0) return undefined;
  const operation = likely[choices.below(likely.length)] as Operation;
  const here = view.irqs[interrupt]?.at ?? 0;
  const cpu =
    operation === "move" && choices.below(8) > 0
      ? (Math.floor(here / config.vectors) + 1) % config.cpus
      : choices.below(config.cpus);
  return { kind: "begin", actor, operation, interrupt, cpu };
};

/** Handlers take long: others go first most of the time, and events come meanwhile. */
const drawStep = (choices: Choices, { view }: D): Command | undefined => {
  const running: number[] = [];
  const others: number[] = [];
  view.actors.forEach((actor, a) => {
    if (actor.work !== undefined) (actor.running ? running : others).push(a);
  });
  const patient = running.length > 0 && choices.below(16) > 0;
  const from = others.length > 0 && (patient || running.length === 0) ? others : running;
  if (from.length === 0 || (patient && from === running && choices.below(4) > 0)) return undefined;
  return { kind: "step", actor: from[choices.below(from.length)] as number };
};

const drawKind = (choices: Choices, d: D, kind: CommandKind): Command | undefined => {
  switch (kind) {
    case "begin":
      return drawBegin(choices, d);
    case "step":
      return drawStep(choices, d);
    case "raise":
      return { kind, interrupt: choices.below(d.config.interrupts) };
    case "interrupt":
    case "cleanup":
      return { kind, cpu: choices.below(d.config.cpus) };
  }
};

/** The wanted kind, or the next one that means something now. */
const draw = (choices: Choices, d: D): Command => {
  const wanted = pickKind(choices, d.weights) as CommandKind;
  const first = commandKinds.indexOf(wanted);
  for (let n = 0; n < commandKinds.length; n++) {
    const kind = commandKinds[(first + n) % commandKinds.length] as CommandKind;
    // Kinds that the run left out come in only where nothing else is left to do.
    if (n > 0 && kind !== "step" && (d.weights.get(kind) ?? 0) === 0) continue;
    const command = drawKind(choices, d, kind);
    if (command !== undefined && enabled(d.config, d.level, d.view, command)) return command;
  }
  return { kind: "raise", interrupt: 0 };
};

export const generator: Generator<Config, Command, View> = {
  weights: { begin: 6, step: 24, raise: 5, interrupt: 6, cleanup: 2 },
  subsets: {
    kernel: ["begin", "step"],
    events: ["step", "raise", "interrupt"],
  },
  draw,
  enabled,
};
