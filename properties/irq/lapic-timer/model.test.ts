import { describe, expect, it } from "vitest";
import { fingerprint } from "../../../models/irq/lapic-timer/fingerprint.js";
import {
  type Command,
  type Config,
  type Mode,
  START_CLOCKS,
  type View,
} from "../../../spec/irq/lapic-timer/vocabulary.js";
import { RandomChoices } from "../../engine/choices.js";
import { scopeOf } from "../../engine/judge.js";
import { Session } from "../../engine/session.js";
import { FULL, seeded } from "../../testing.js";
import { base, deadlines, uneven } from "./configs.js";
import { generator } from "./generator.js";
import { model, lapicTimer as subsystem } from "./subsystem.js";

const one: Config = { ...base, cpus: 1, online: 1 };

/** The answers to a list of commands. */
const answers = (config: Config, commands: readonly Command[]): string[] => {
  let state = model.init(config);
  return commands.map((command) => {
    const outcome = model.step(config, state, command);
    state = outcome.state;
    return subsystem.responseText(outcome.response);
  });
};

describe("the writes of Linux", () => {
  it("periodic: entry, divide by 16, a tick's count", () => {
    expect(answers(one, [{ kind: "setup", cpu: 0, mode: "periodic" }])).toEqual([
      "did 0:LVT=0x200ec 0:divide=0x3 0:initial=0x186a",
    ]);
  });

  it("deadline: the TSC plus a whole number of units of 8, each tick from the last", () => {
    const tsc = START_CLOCKS * 25;
    const tick = 100_000 * 25;
    const hex = (n: number): string => `0x${n.toString(16)}`;
    const said = answers({ ...one, tscRatio: 25 }, [
      { kind: "setup", cpu: 0, mode: "deadline" },
      // The handler is half a period late; the next deadline is not.
      { kind: "advance", clocks: 150_000 },
      { kind: "interrupt", cpu: 0 },
      { kind: "program", cpu: 0, delta: -5 },
      { kind: "interrupt", cpu: 0 },
      { kind: "shutdown", cpu: 0 },
    ]);
    const late = tsc + 150_000 * 25;
    expect(said).toEqual([
      `did 0:LVT=0x400ec 0:deadline.hi=0x0 0:deadline.lo=${hex(tsc + tick)}`,
      "did",
      `did 0:EOI=0x0 0:deadline.hi=0x0 0:deadline.lo=${hex(
        late + Math.floor((tsc + 2 * tick - late) / 8) * 8,
      )} ticks={0}`,
      `did 0:deadline.hi=0x0 0:deadline.lo=${hex(late)}`,
      "did 0:EOI=0x0 events={0}",
      "did 0:LVT=0x500ec 0:deadline.hi=0x0 0:deadline.lo=0x0",
    ]);
  });

  it("what makes no sense is refused and changes nothing", () => {
    const state = model.init(uneven);
    for (const command of [
      { kind: "setup", cpu: 3, mode: "oneshot" },
      { kind: "setup", cpu: 0, mode: "deadline" },
      { kind: "program", cpu: 0, delta: 100 },
      { kind: "interrupt", cpu: 0 },
      { kind: "cpuUp", cpu: 0 },
      { kind: "pit" },
    ] as const) {
      expect(model.step(uneven, state, command)).toEqual({ state, response: { kind: "refused" } });
    }
  });
});

/** Ticks with a handler that is late by up to 0.8 periods. */
const ticksAfter = (config: Config, mode: Mode, ticks: number) => {
  const { judged } = scopeOf(subsystem.clauses, "contract", subsystem.observables);
  const session = new Session(subsystem, config, "contract", judged);
  const choices = new RandomChoices(3);
  const period = config.busHz / (config.rates[0] as number);
  expect(session.perform({ kind: "setup", cpu: 0, mode })).toBe(true);
  let now = 0;
  for (let n = 1; n <= ticks; n++) {
    const due = Math.ceil(n * period) + 300 + choices.below(Math.floor(period * 0.8));
    if (!session.perform({ kind: "advance", clocks: due - now })) return session;
    now = due;
    if (!session.perform({ kind: "interrupt", cpu: 0 })) return session;
  }
  return session;
};

describe("no drift, whenever handlers run", () => {
  const ticks = FULL ? 30_000 : 500;
  it.each([
    ["periodic", one],
    ["oneshot", one],
    ["deadline", { ...deadlines, cpus: 1, online: 1 }],
    ["oneshot", { ...uneven, cpus: 1, online: 1 }],
    ["periodic", { ...uneven, cpus: 1, online: 1 }],
  ] as const)("%s", { timeout: 60_000 }, (mode, config) => {
    // A count that no rate divides is short by a part of a count at each tick. After some thousand
    // the next expiry comes before a handler that is 0.8 periods late, and a tick is lost.
    const most = mode === "periodic" && config.busHz === uneven.busHz ? 2000 : ticks;
    const made = Math.min(ticks, most);
    const session = ticksAfter(config, mode, made);
    expect(session.violated()).toEqual([]);
    expect((session.t.after as View).cpus[0]?.ticks).toBe(made);
  });
});

describe(seeded("following"), () => {
  it.each([
    ["linux", base],
    ["contract", uneven],
    ["contract", deadlines],
  ] as const)("the answers of the model leads to its states, %s", (level, config) => {
    const choices = new RandomChoices(11);
    const weights = new Map(Object.entries(generator.weights));
    for (let run = 0; run < 3; run++) {
      let state = model.init(config);
      for (let n = 0; n < 150; n++) {
        const view = model.view(config, state);
        const command = generator.draw(choices, { config, level, view, weights });
        const all = model.outcomes(config, state, command);
        const outcome = all[choices.below(all.length)] as (typeof all)[number];
        const followed = model.follow(config, state, command, outcome.response);
        if (n === 149) expect(followed).toEqual(outcome.state);
        expect(fingerprint(config, followed).join()).toBe(
          fingerprint(config, outcome.state).join(),
        );
        state = outcome.state;
      }
    }
  });
});
