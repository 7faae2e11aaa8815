/**
 * A subsystem's own reference, or one of its seeded faults, as a system behind the protocol: the
 * adapter is tested against it, and a new harness can be compared with it line by line.
 *
 *   node dist/properties/sut/serve.js AREA [--fault NAME] [--choices SEED] [--no-refs] [--blind]
 *
 * `--choices` answers with any outcome the contract admits; `--blind` shows no state.
 */
import { argv, stdin, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Choices } from "../../spec/core/choices.js";
import { decodeOrThrow, InputError } from "../../spec/core/decode.js";
import { RandomChoices } from "../engine/choices.js";
import { ReadableStepper, type Stepper, stepperOf } from "../engine/stepper.js";
import type { AnySubsystem } from "../subsystem.js";
import { findSubsystem } from "../systems.js";
import { Handles } from "./handles.js";
import { PROTOCOL, SKIPPED } from "./protocol.js";

export type ServeOptions = {
  readonly fault?: string;
  /** Seed of free choices; absent: as Linux chooses. */
  readonly choices?: number;
  readonly refs: boolean;
  readonly blind: boolean;
};

type Line = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** Answers one line of the tool; undefined where nothing is answered. */
export class ModelServer {
  readonly #subsystem: AnySubsystem;
  readonly #options: ServeOptions;
  readonly #handles: Handles;
  readonly #model: AnySubsystem["model"];
  #config: unknown;
  #stepper: Stepper<unknown, unknown, unknown> | undefined;
  #choices: Choices | undefined;
  #commands = 0;

  constructor(subsystem: AnySubsystem, options: ServeOptions) {
    this.#subsystem = subsystem;
    this.#options = options;
    this.#handles = new Handles(subsystem);
    const fault = subsystem.faults.find((f) => f.name === options.fault);
    if (options.fault !== undefined && fault === undefined) {
      throw new InputError(
        { file: "--fault" },
        `found "${options.fault}", expected a seeded fault`,
      );
    }
    this.#model = fault === undefined ? subsystem.model : fault.wrap(subsystem.model);
  }

  answer(line: Line): unknown {
    switch (line.kind) {
      case "hello":
        return this.#hello();
      case "config": {
        const { kind: _kind, ...fields } = line;
        this.#config = decodeOrThrow(this.#subsystem.codecs.config, fields, { file: "config" });
        return this.#reset();
      }
      case "reset":
        return this.#reset();
      case "observe":
        return this.#subsystem.observation.encode(this.#config, this.#stepper?.after);
      case "flush":
      case "bye":
        return undefined;
      default:
        return this.#command(line);
    }
  }

  #hello(): unknown {
    const { refs, blind, choices, fault } = this.#options;
    return {
      kind: "hello",
      protocol: PROTOCOL,
      subsystem: this.#subsystem.path,
      name: fault === undefined ? "reference" : `fault:${fault}`,
      level: choices === undefined ? "linux" : "contract",
      refs,
      observes: blind ? [] : this.#subsystem.observables,
      commands: this.#subsystem.commandKinds,
    };
  }

  #reset(): unknown {
    const { choices } = this.#options;
    this.#stepper =
      this.#model === this.#subsystem.model
        ? stepperOf(this.#subsystem, this.#config)
        : new ReadableStepper(this.#model, this.#config);
    this.#handles.clear();
    this.#commands = 0;
    this.#choices = choices === undefined ? undefined : new RandomChoices(choices);
    return { kind: "ready" };
  }

  #command(line: Line): unknown {
    const stepper = this.#stepper;
    if (stepper === undefined) return { kind: "panic", message: "no configuration yet" };
    const { command: codec, response } = this.#subsystem.codecs;
    const index = this.#commands++;
    const issued = this.#handles.resolve(decodeOrThrow(codec, line, { file: "command" }));
    if (issued === undefined) {
      this.#handles.nothing(index);
      return SKIPPED;
    }
    stepper.commit();
    const answer = stepper.apply(issued, this.#choices);
    this.#handles.note(index, issued, answer);
    return response.encode(answer);
  }
}

const serve = (): void => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      fault: { type: "string" },
      choices: { type: "string" },
      "no-refs": { type: "boolean" },
      blind: { type: "boolean" },
    },
  });
  const server = new ModelServer(findSubsystem(positionals[0] ?? ""), {
    ...(values.fault === undefined ? {} : { fault: values.fault }),
    ...(values.choices === undefined ? {} : { choices: Number(values.choices) }),
    refs: values["no-refs"] !== true,
    blind: values.blind === true,
  });
  let input = "";
  stdin.setEncoding("utf8").on("data", (text: string) => {
    const lines = (input + text).split("\n");
    input = lines.pop() ?? "";
    let output = "";
    for (const line of lines) {
      const answer = server.answer(JSON.parse(line) as Line);
      if (answer !== undefined) output += `${JSON.stringify(answer)}\n`;
    }
    stdout.write(output);
  });
};

if (argv[1] === fileURLToPath(import.meta.url)) serve();
