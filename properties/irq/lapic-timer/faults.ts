/** Seeded faults: timer code with one write or one count wrong. */
import { DIVIDE_BY_16 } from "../../../models/irq/lapic-timer/plan.js";
import type { State } from "../../../models/irq/lapic-timer/state.js";
import { accounted, entered, sensible } from "../../../models/irq/lapic-timer/step.js";
import { written } from "../../../models/irq/lapic-timer/time.js";
import {
  DEADLINE_HIGH,
  DEADLINE_LOW,
  DIVIDE,
  EOI,
  INITIAL_COUNT,
  LVT_MASKED,
  LVT_TIMER,
} from "../../../spec/hardware/local-apic/registers.js";
import type {
  ApicWrite,
  Command,
  CommandKind,
  Config,
  Did,
  Response,
  View,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import { faultKit } from "../../fault-kit.js";
import type { Fault } from "../../subsystem.js";
import { base, deadlines, uniprocessor } from "./configs.js";

const kit = faultKit<Config, State, Command, Response, View>();

/**
 * Changes what the code did in answer to a command; the registers become what the changed writes
 * make them, and the ticks what it says it ran.
 */
const did = (
  kinds: readonly CommandKind[],
  change: (right: Did, config: Config, before: State, command: Command) => Partial<Did>,
) =>
  kit.after((config, before, command, right) => {
    if (right.response.kind !== "did" || !kinds.includes(command.kind)) return right;
    if (!sensible(config, before, command)) return right;
    const response = { ...right.response, ...change(right.response, config, before, command) };
    const made = written(entered(config, before, command), response.writes);
    return { state: accounted(made, command, response), response };
  });

/** Changes or drops each write. */
const rewrite = (
  kinds: readonly CommandKind[],
  change: (write: ApicWrite, config: Config, before: State) => ApicWrite | undefined,
) =>
  did(kinds, ({ writes }, config, before) => ({
    writes: writes.flatMap((w) => {
      const changed = change(w, config, before);
      return changed === undefined ? [] : [changed];
    }),
  }));

/** Changes the writes to one register. */
const register = (
  kinds: readonly CommandKind[],
  offset: number,
  change: (value: number, config: Config, before: State) => number,
) =>
  rewrite(kinds, (w, config, before) =>
    w.offset === offset ? { ...w, value: change(w.value, config, before) } : w,
  );

const starting: readonly CommandKind[] = ["setup", "cpuUp", "setHz", "setSource"];
const stopping: readonly CommandKind[] = ["shutdown", "cpuDown"];

export const faults: readonly Fault<Config, State, Command, Response, View>[] = [
  kit.contract(
    "TMR-1",
    "mode-eleven",
    "the periodic and the deadline bit are both set",
    register(starting, LVT_TIMER, (value) => value | (3 << 17)),
  ),
  kit.contract(
    "TMR-1",
    "left-masked",
    "the timer's entry is written with its mask set",
    register(starting, LVT_TIMER, (value) => value | LVT_MASKED),
  ),
  kit.linuxLevel(
    "TMR-1-L",
    "vector-of-the-error-interrupt",
    "a shutdown leaves the vector 0xFE in the entry",
    register(stopping, LVT_TIMER, (value) => (value & ~0xff) | 0xfe),
  ),
  kit.contract(
    "TMR-2",
    "divider-bit-2",
    "the divisor is written as a three-bit number: bit 2 is set, the high bit is lost",
    register(starting, DIVIDE, () => 0x7),
  ),
  kit.contract(
    "TMR-2",
    "tick-of-148-hz",
    "the count is the one for 1000 Hz, the divisor is not the one that it was made for: 148 Hz",
    register(starting, INITIAL_COUNT, (value) => Math.round((value * 1000) / 148)),
  ),
  kit.contract(
    "TMR-2",
    "divisor-encoded-as-logarithm",
    "divide by 16 is written as 4, its logarithm, without the table",
    register(starting, DIVIDE, (value) => (value === DIVIDE_BY_16 ? 4 : value)),
  ),
  kit.contract(
    "TMR-3",
    "rearm-from-handler",
    "the next deadline is counted from the handler's time, not from the last deadline",
    did(["interrupt"], ({ writes, ticks }, config, before) => {
      if (ticks.length === 0) return {};
      const at = Math.floor((before.now + config.busHz / before.hz) * config.tscRatio);
      return {
        writes: writes.map((w) => {
          if (w.offset === DEADLINE_HIGH) return { ...w, value: Math.floor(at / 2 ** 32) };
          return w.offset === DEADLINE_LOW ? { ...w, value: at % 2 ** 32 } : w;
        }),
      };
    }),
    { config: { ...deadlines, cpus: 1, online: 1 } },
  ),
  kit.contract(
    "TMR-4",
    "past-deadline-missed",
    "an event whose time has passed is not programmed at all",
    did(["program"], (_right, _config, _before, command) =>
      command.kind === "program" && command.delta <= 0 ? { writes: [] } : {},
    ),
    { config: deadlines },
  ),
  kit.contract(
    "TMR-4",
    "deadline-is-a-delta",
    "the MSR is given the cycles to go instead of the TSC at which to fire",
    did(["program"], ({ writes }, _config, _before, command) => {
      if (command.kind !== "program" || command.delta <= 0) return {};
      return {
        writes: writes.map((w) => {
          if (w.offset === DEADLINE_HIGH) return { ...w, value: 0 };
          return w.offset === DEADLINE_LOW ? { ...w, value: command.delta } : w;
        }),
      };
    }),
    { config: deadlines },
  ),
  kit.contract(
    "TMR-4-E",
    "event-fires-again",
    "the handler of a programmed event arms the timer once more",
    did(["interrupt"], ({ writes, events }, config, before, command) => {
      const cpu = command.kind === "interrupt" ? command.cpu : 0;
      if (events.length === 0 || before.cpus[cpu]?.mode !== "deadline") return {};
      const at = (before.now + 100) * config.tscRatio;
      const msr = [
        { cpu, offset: DEADLINE_HIGH, value: Math.floor(at / 2 ** 32) },
        { cpu, offset: DEADLINE_LOW, value: at % 2 ** 32 },
      ];
      return { writes: [...writes, ...msr] };
    }),
    { config: deadlines },
  ),
  kit.linuxLevel(
    "TMR-4-L",
    "deadline-to-the-cycle",
    "the deadline is not counted in units of 8 cycles",
    register(["program", "setup", "interrupt"], DEADLINE_LOW, (value) =>
      value === 0 ? 0 : value - 1,
    ),
    { config: deadlines },
  ),
  kit.contract(
    "TMR-5",
    "shutdown-only-masks",
    "a shutdown masks the entry and leaves the count and the deadline as they are",
    rewrite(["shutdown"], (w) => (w.offset === LVT_TIMER ? w : undefined)),
  ),
  kit.linuxLevel(
    "TMR-5-L",
    "zeroed-before-masked",
    "a shutdown zeroes the count first and masks the entry then",
    did(stopping, ({ writes }) => {
      return { writes: [...writes.slice(1), ...writes.slice(0, 1)] };
    }),
  ),
  kit.contract(
    "TMR-6",
    "double-tick",
    "the interrupt runs the tick from its entry and once more from its handler",
    did(["interrupt"], ({ ticks }) => ({ ticks: [...ticks, ...ticks] })),
  ),
  kit.contract(
    "TMR-6",
    "tick-on-the-boot-cpu",
    "the tick of the boot CPU is run, whichever CPU is interrupted",
    did(["interrupt"], ({ ticks }) => ({ ticks: ticks.map(() => 0) })),
  ),
  kit.contract(
    "TMR-6-O",
    "only-the-boot-cpu-ticks",
    "a CPU that comes up gets no timer of its own",
    did(["cpuUp"], () => ({ writes: [] })),
  ),
  kit.contract(
    "TMR-6-O",
    "timer-of-a-dead-cpu",
    "a CPU goes down with its timer running",
    did(["cpuDown"], () => ({ writes: [] })),
  ),
  kit.contract(
    "TMR-6-P",
    "pit-stays-on",
    "the PIT goes on when the timer takes the tick over",
    did(["setSource"], () => ({ pit: true })),
    { config: uniprocessor },
  ),
  kit.contract(
    "TMR-6-C",
    "counted-twice",
    "the scheduler's counter goes up by two at each tick, which is reported once",
    kit.after((_config, _before, command, right) => {
      if (command.kind !== "interrupt" || right.response.kind !== "did") return right;
      const twice = accounted(right.state, command, right.response);
      return { ...right, state: twice };
    }),
  ),
  kit.contract(
    "TMR-6-E",
    "no-eoi",
    "the timer's interrupt is not acknowledged",
    rewrite(["interrupt"], (w) => (w.offset === EOI ? undefined : w)),
  ),
  kit.contract(
    "TMR-7",
    "slices-tuned-for-the-pit",
    "a slice is a constant number of ticks, right at 148 Hz only",
    kit.after((config, _before, _command, right) =>
      right.response.kind === "granted"
        ? {
            ...right,
            response: { kind: "granted", ticks: Math.round((config.sliceUs * 148) / 1e6) },
          }
        : right,
    ),
  ),
  kit.contract(
    "TMR-7",
    "slices-of-the-first-rate",
    "slices are computed once, at boot, and not again when the rate changes",
    kit.after((config, _before, _command, right) =>
      right.response.kind === "granted"
        ? {
            ...right,
            response: {
              kind: "granted",
              ticks: Math.round((config.sliceUs * (config.rates[0] ?? 1)) / 1e6),
            },
          }
        : right,
    ),
    { config: base },
  ),
];
