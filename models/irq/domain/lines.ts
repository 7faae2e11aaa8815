/** Shared legacy lines: kernel/irq/{handle,manage,spurious}.c. */
import type { Command, Config, Line } from "../../../spec/irq/domain/vocabulary.js";
import { bootCpu, freshLine } from "./state.js";
import type { Made, Work } from "./work.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** The line can interrupt: a handler is there, and it is not switched off. */
export const isLive = (line: Line | undefined): line is Line =>
  line !== undefined && line.handlers.length > 0 && !line.off;

export const request = (work: Work, command: Of<"request">): Made => {
  const line = work.before.lines[command.line];
  if (line === undefined) return work.failed("EINVAL");
  return line.handlers.includes(command.handler)
    ? work.failed("EBUSY")
    : work.done({ kind: "done" });
};

export const release = (work: Work, command: Of<"release">): Made => {
  const line = work.before.lines[command.line];
  return line?.handlers.includes(command.handler) === true
    ? work.done({ kind: "done" })
    : work.failed("EINVAL");
};

/** note_interrupt(): the counters after an interrupt, and whether it is one too many. */
export const note = (
  config: Config,
  line: Line,
  claimed: boolean,
  late: boolean,
): { readonly seen: number; readonly unhandled: number; readonly off: boolean } => {
  let { seen, unhandled } = line;
  if (!claimed) unhandled = late ? 1 : unhandled + 1;
  if (unhandled === 0) return { seen, unhandled, off: false };
  seen++;
  if (seen < config.window) return { seen, unhandled, off: false };
  return { seen: 0, unhandled: 0, off: unhandled > config.limit };
};

/** Every handler of the line runs: whose interrupt it is only they can tell. */
export const interrupt = (work: Work, command: Of<"line">): Made => {
  const line = work.before.lines[command.line];
  if (!isLive(line)) return work.failed("EINVAL");
  const claimed = line.handlers.some((h) => command.asserted.includes(h));
  const { off } = note(work.config, line, claimed, command.late);
  work.bus.eoi(bootCpu(work.before));
  return work.done({ kind: "served", handlers: line.handlers, off });
};

/**
 * The line after a command, given its answer. Linux counts anew for each handler; what was not
 * claimed since the line came on is kept for a kernel that goes on counting.
 */
export const afterRequest = (line: Line, handler: number): Line => ({
  ...freshLine,
  handlers: [...line.handlers, handler],
  unclaimed: line.off ? 0 : line.unclaimed,
});

export const afterRelease = (line: Line, handler: number): Line => {
  const handlers = line.handlers.filter((h) => h !== handler);
  return handlers.length === 0 ? freshLine : { ...line, handlers };
};

export const afterInterrupt = (
  config: Config,
  line: Line,
  command: Of<"line">,
  ran: readonly number[],
  off: boolean,
): Line => {
  const claimed = ran.some((h) => line.handlers.includes(h) && command.asserted.includes(h));
  const { seen, unhandled } = note(config, line, claimed, command.late);
  const ignored = claimed ? 0 : command.late ? 1 : line.ignored + 1;
  // Ghosts stop where they have said all they can.
  return {
    ...line,
    seen,
    unhandled,
    off,
    ignored: Math.min(ignored, 2 * config.window + 1),
    unclaimed: Math.min(line.unclaimed + (claimed ? 0 : 1), config.limit + 1),
  };
};
