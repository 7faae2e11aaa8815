/** One command on the interrupt domain of Linux 7.0, above the machine. */
import { match } from "ts-pattern";
import type { Outcome } from "../../../spec/core/model.js";
import type { Command, Config, Response } from "../../../spec/irq/domain/vocabulary.js";
import { handled, resume, take } from "./dispatch.js";
import { hardwarePart, raise } from "./events.js";
import { cleanup, cpuDown, cpuUp } from "./hotplug.js";
import { linuxAsk } from "./layer.js";
import { interrupt, release, request } from "./lines.js";
import * as manage from "./manage.js";
import { settle } from "./settle.js";
import { ownerOf, type State } from "./state.js";
import { type Ask, withRequests } from "./vectors.js";
import { type Made, Work } from "./work.js";

export type DomainOutcome = Outcome<State, Response>;

/** Decisions that the contract leaves open above the vector layer. */
export type Style = {
  /** No waiting for another CPU's handler: the interrupt is remembered instead. */
  readonly contract: boolean;
};

export const linuxStyle: Style = { contract: false };

/** Whether the command names things that exist; what is beyond the lists is a harness's slip. */
const makesSense = (state: State, command: Command): boolean => {
  if ("cpu" in command && state.vectors.online[command.cpu] === undefined) return false;
  if ("irq" in command && command.irq >= state.descs.length) return false;
  if (command.kind === "take") {
    const part = state.cpus[command.cpu];
    return part !== undefined && part.running < 0 && part.waiting < 0;
  }
  return true;
};

/** The command up to its answer. */
export const make = (
  config: Config,
  state: State,
  command: Command,
  ask: Ask,
  style: Style,
): Made => {
  const machine = hardwarePart(config, state, command);
  const owner = command.kind === "take" ? ownerOf(state, command.cpu, command.vector) : -1;
  const again =
    command.kind === "take" && command.again && owner >= 0
      ? (m: typeof machine) => raise(config, m, owner)
      : undefined;
  const vectors = withRequests(state.vectors, state.machine, machine);
  const work = new Work(config, state, vectors, machine, ask, again);
  if (!makesSense(state, command)) return work.failed("EINVAL");
  return match(command)
    .returnType<Made>()
    .with({ kind: "alloc" }, (c) => manage.alloc(work, c))
    .with({ kind: "free" }, (c) => manage.free(work, c))
    .with({ kind: "startup" }, (c) => manage.startup(work, c))
    .with({ kind: "shutdown" }, (c) => manage.shutdown(work, c))
    .with({ kind: "disable" }, (c) => manage.disable(work, c))
    .with({ kind: "enable" }, (c) => manage.enable(work, c))
    .with({ kind: "mask" }, { kind: "unmask" }, (c) => manage.mask(work, c))
    .with({ kind: "setAffinity" }, (c) => manage.setAffinity(work, c))
    .with({ kind: "take" }, (c) => take(work, c, style.contract))
    .with({ kind: "handled" }, (c) => handled(work, c))
    .with({ kind: "resume" }, (c) => resume(work, c))
    .with({ kind: "spurious" }, () => work.done({ kind: "stray", reported: true }))
    .with({ kind: "cleanup" }, (c) => cleanup(work, c))
    .with({ kind: "cpuDown" }, (c) => cpuDown(work, c))
    .with({ kind: "cpuUp" }, (c) => cpuUp(work, c))
    .with({ kind: "event" }, { kind: "arrive" }, { kind: "phantom" }, { kind: "timer" }, () =>
      work.done({ kind: "done" }),
    )
    .with({ kind: "request" }, (c) => request(work, c))
    .with({ kind: "release" }, (c) => release(work, c))
    .with({ kind: "line" }, (c) => interrupt(work, c))
    .exhaustive();
};

export const step = (config: Config, state: State, command: Command): DomainOutcome => {
  const made = make(config, state, command, linuxAsk(config), linuxStyle);
  return { state: settle(config, state, command, made), response: made.response };
};
