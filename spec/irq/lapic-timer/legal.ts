/** When a command makes sense: CPUs that are there, modes that the timer has, nothing pending. */
import { period } from "./judging.js";
import type { Command, Config, View } from "./vocabulary.js";

/** What of a state decides it; the readable state and the view both have it. */
export type Facts = Pick<View, "now" | "hz" | "pit" | "pitSince" | "pitTicks"> & {
  readonly cpus: readonly Pick<View["cpus"][number], "online" | "use" | "mode" | "shut">[];
};

/** PIT interrupts that are due and not taken. */
export const pitDue = (config: Config, state: Facts): number =>
  state.pit
    ? Math.floor((state.now - state.pitSince) / period(config, state.hz)) - state.pitTicks
    : 0;

/**
 * The commands that change a timer come while its interrupt is not pending: what fired before is
 * handled first.
 */
export const sensible = (
  config: Config,
  state: Facts,
  pending: (cpu: number) => boolean,
  command: Command,
): boolean => {
  const cpu = "cpu" in command ? state.cpus[command.cpu] : undefined;
  const quiet = "cpu" in command && cpu?.online === true && !pending(command.cpu);
  const allQuiet = (): boolean => state.cpus.every((_c, i) => !pending(i));
  switch (command.kind) {
    case "setup":
      return quiet && !state.pit && (command.mode !== "deadline" || config.deadline);
    case "program":
      return quiet && cpu?.use !== "off" && cpu?.mode !== "periodic";
    case "shutdown":
      return quiet && cpu?.use !== "off";
    case "unmask":
      return quiet && cpu?.shut === true;
    case "interrupt":
      return cpu?.online === true && pending(command.cpu);
    case "cpuDown":
      return quiet && command.cpu > 0;
    case "cpuUp":
      return cpu?.online === false && !state.pit;
    case "setHz":
      return config.rates.includes(command.hz) && allQuiet();
    case "setSource":
      if (command.source === "lapic") return state.pit;
      return !state.pit && state.cpus.every((c, i) => c.online === (i === 0)) && allQuiet();
    case "pit":
      return pitDue(config, state) > 0;
    default:
      return true;
  }
};
