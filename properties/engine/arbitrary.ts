import fc from "fast-check";
import type { Choices } from "../../spec/core/choices.js";
import type { Level } from "../../spec/core/clause.js";
import type { AnySubsystem } from "../subsystem.js";
import { stepperOf } from "./stepper.js";

/** Choices read from a list of numbers; past its end every choice is the first one. */
class ListedChoices implements Choices {
  readonly #numbers: readonly number[];
  #position = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  get exhausted(): boolean {
    return this.#position >= this.#numbers.length;
  }
  below(bound: number): number {
    return (this.#numbers[this.#position++] ?? 0) % bound;
  }
}

/**
 * A fast-check arbitrary of command lists that are legal when the reference answers them: the
 * subsystem's own state-aware generator, driven and shrunk by fast-check.
 *
 * @param maxChoices upper bound of free decisions; a command takes two to five of them.
 */
export const commandList = <Command>(
  subsystem: AnySubsystem,
  config: unknown,
  level: Level,
  maxChoices = 400,
): fc.Arbitrary<readonly Command[]> => {
  const weights = new Map(Object.entries(subsystem.generator.weights as Record<string, number>));
  return fc
    .array(fc.nat(), { maxLength: maxChoices, size: "max" })
    .map((numbers): readonly Command[] => {
      const choices = new ListedChoices(numbers);
      const stepper = stepperOf<Command, unknown, unknown>(subsystem, config);
      const commands: Command[] = [];
      while (!choices.exhausted) {
        const command = subsystem.generator.draw(choices, {
          config,
          level,
          view: stepper.after,
          weights,
        }) as Command;
        if (!subsystem.generator.enabled(config, level, stepper.after, command)) continue;
        commands.push(command);
        stepper.apply(command);
        stepper.commit();
      }
      return commands;
    });
};
