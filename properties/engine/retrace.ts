import { Canonical, inverse } from "./canonical.js";
import { ExhaustiveChoices } from "./choices.js";
import type { ExploreOptions } from "./explore.js";
import { type Stepper, stepperOf } from "./stepper.js";

/**
 * Walks a path of command and outcome numbers again. Under symmetry these speak of canonical
 * states, so the commands are relabelled back on the way.
 */
export const retrace = (
  options: ExploreOptions,
  path: readonly { c: number; outcome: number }[],
  reduced: boolean,
): { commands: unknown[]; responses: unknown[] } => {
  const { subsystem, config, level } = options;
  const stepper: Stepper<unknown, unknown, unknown> = stepperOf(subsystem, config);
  const canonical = reduced
    ? new Canonical(subsystem, config as { cpus: number }, stepper.words)
    : undefined;
  const scratch = new Int32Array(stepper.words);
  const commands: unknown[] = [];
  const responses: unknown[] = [];
  stepper.reset();
  for (const { c, outcome } of path) {
    let command = options.commands[c];
    stepper.save(scratch, 0);
    canonical?.apply(scratch);
    const target = canonical === undefined ? undefined : successor(options, scratch, c, outcome);
    if (canonical !== undefined) command = subsystem.relabel?.(command, inverse(canonical.chosen));
    const choices = level === "contract" ? new ExhaustiveChoices() : undefined;
    let response: unknown;
    for (let n = 0; ; n++) {
      response = stepper.apply(command, choices);
      if (target === undefined ? n === outcome : reaches(stepper, canonical, scratch, target))
        break;
      stepper.revert();
      if (choices?.next() !== true) break;
    }
    commands.push(command);
    responses.push(response);
    stepper.commit();
  }
  return { commands, responses };
};

/** The canonical successor of a canonical state. */
const successor = (
  options: ExploreOptions,
  from: Int32Array,
  c: number,
  outcome: number,
): Int32Array => {
  const stepper = stepperOf(options.subsystem, options.config);
  const choices = new ExhaustiveChoices();
  stepper.load(from, 0, undefined);
  for (let n = 0; ; n++) {
    stepper.apply(options.commands[c], choices);
    if (n === outcome) break;
    stepper.revert();
    choices.next();
  }
  const result = new Int32Array(stepper.words);
  stepper.save(result, 0);
  new Canonical(options.subsystem, options.config as { cpus: number }, stepper.words).apply(result);
  return result;
};

const reaches = (
  stepper: Stepper<unknown, unknown, unknown>,
  canonical: Canonical | undefined,
  scratch: Int32Array,
  target: Int32Array,
): boolean => {
  stepper.save(scratch, 0);
  canonical?.apply(scratch);
  return scratch.every((word, w) => word === target[w]);
};
