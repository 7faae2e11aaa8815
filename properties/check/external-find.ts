/** From a find on a program of the user's to a counterexample: shrunk on it and run again. */
import type { ReplayResult } from "../engine/replay.js";
import { shrink } from "../engine/shrink.js";
import type { ExternalFind } from "../sut/campaign.js";
import { type ExternalReplay, replayExternal } from "../sut/replay.js";
import type { StdioSystem } from "../sut/stdio.js";
import { type Setting, violationReport } from "./counterexample.js";
import type { ViolationReport } from "./report.js";

/** What is known of a find on a process. */
export type Find = Pick<ExternalFind, "sent" | "responses" | "fault" | "confirmed" | "again">;

/** Re-runs of a find that must all break its clause. */
const RERUNS = 3;
/** Re-runs that tell how often an unreliable system breaks it. */
const RETRIES = 10;

const outcomeText = (fault: ExternalFind["fault"]): string | undefined => {
  const said = fault?.stderr ?? "";
  return said === "" ? fault?.message : `${fault?.message}; standard error ends: ${said}`;
};

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join("; ");

/** What was seen once, where running it again says nothing. */
const asSeen = (setting: Setting, clause: string, find: Find, note: string): ViolationReport => {
  const recorded: ReplayResult = {
    steps: find.sent.map((command, index) => ({
      index,
      command,
      issued: command,
      response: find.responses[index],
    })),
    clauses: [clause],
    last: undefined,
  };
  const outcome = joined(outcomeText(find.fault), note);
  return violationReport(setting, clause, recorded, find.sent.length, 0, outcome);
};

class Runner {
  readonly #system: StdioSystem;
  readonly #setting: Setting;
  readonly #clause: string;
  constructor(system: StdioSystem, setting: Setting, clause: string) {
    this.#system = system;
    this.#setting = setting;
    this.#clause = clause;
  }

  run(commands: readonly unknown[]): Promise<ExternalReplay> {
    const { subsystem, config, level, clauses } = this.#setting;
    const stepwise = this.#clause.startsWith("SYS-");
    return replayExternal(this.#system, subsystem, config, level, clauses, commands, { stepwise });
  }

  /** How many of so many runs break the clause, and the last that did. */
  async rate(commands: readonly unknown[], of: number, enough: (missed: number) => boolean) {
    let times = 0;
    let ran = 0;
    let last: ExternalReplay | undefined;
    while (ran < of && !enough(ran - times)) {
      const result = await this.run(commands);
      ran++;
      if (!result.clauses.includes(this.#clause)) continue;
      times++;
      last = result;
    }
    return { times, of: ran, last };
  }

  /**
   * The clause that the commands break each time in the place of this one, and where. A campaign
   * asks for the state now and then only; run again, it is asked after every command, and a
   * mistake shows earlier.
   */
  async other(
    commands: readonly unknown[],
  ): Promise<readonly [string, readonly unknown[]] | undefined> {
    let found: readonly [string, readonly unknown[]] | undefined;
    for (let run = 0; run < RERUNS; run++) {
      const { clauses, violatedAt } = await this.run(commands);
      const [clause] = clauses;
      if (clause === undefined || violatedAt === undefined) return undefined;
      if (found !== undefined && (found[0] !== clause || found[1].length !== violatedAt + 1)) {
        return undefined;
      }
      found = [clause, commands.slice(0, violatedAt + 1)];
    }
    return found;
  }

  /** Shrinks, until the time is over. Every trial of a hang costs the time limit: it is left. */
  async shrunk(commands: readonly unknown[], expired: () => boolean) {
    let runs = 0;
    if (this.#clause === "SYS-HANG") {
      return { commands, runs, others: new Map<string, readonly unknown[]>() };
    }
    const small = await shrink(this.#setting.subsystem, this.#clause, commands, async (some) => {
      if (expired()) return undefined;
      runs++;
      const run = await this.run(some);
      if (run.clauses.length === 0) return undefined;
      return { kept: run.steps.map((step) => step.index), clauses: run.clauses };
    });
    return { commands: small.commands, runs, others: small.others };
  }
}

/** Shrinks on the system itself, and runs the result once more before it is reported. */
export const shrinkFind = async (
  system: StdioSystem,
  setting: Setting,
  clause: string,
  find: Find,
): Promise<ViolationReport> => {
  if (!find.confirmed) {
    return asSeen(setting, clause, find, "did not happen again when run once more");
  }
  const runner = new Runner(system, setting, clause);
  const small = await runner.shrunk(find.sent, () => false);
  const result = await runner.run(small.commands);
  const outcome = outcomeText(result.fault ?? find.fault);
  return violationReport(setting, clause, result, find.sent.length, small.runs, outcome);
};

/** A find, tried: it comes again each time, or only sometimes. */
export type Settled = {
  /** Undefined: run again, it breaks another clause each time, before it comes to this one. */
  readonly report: ViolationReport | undefined;
  /** Present where it does not come again each time. */
  readonly reproduced?: { readonly times: number; readonly of: number };
  /** Commands met while shrinking that break other clauses. */
  readonly others: ReadonlyMap<string, readonly unknown[]>;
};

const none: ReadonlyMap<string, readonly unknown[]> = new Map();

/**
 * A find is a violation when its shrunk commands break the clause on each of three re-runs. One
 * that does not is run ten times, not shrunk, and reported with how often it came again.
 */
export const settleFind = async (
  system: StdioSystem,
  setting: Setting,
  clause: string,
  find: Find,
  expired: () => boolean,
): Promise<Settled> => {
  const runner = new Runner(system, setting, clause);
  const found = find.sent.length;
  if (clause === "SYS-HANG") {
    // Each run costs the whole time limit: seen twice is enough.
    const again = find.again ?? (await runner.run(find.sent));
    if (again.clauses.includes(clause)) {
      const outcome = outcomeText(again.fault ?? find.fault);
      return { report: violationReport(setting, clause, again, found, 0, outcome), others: none };
    }
  }
  const steady = (missed: number): boolean => missed > 0;
  const many = find.confirmed ? RERUNS - 1 : RETRIES;
  const first = clause === "SYS-HANG" ? undefined : await runner.rate(find.sent, many, steady);
  if (first !== undefined && first.times === first.of) {
    const small = await runner.shrunk(find.sent, expired);
    const final = await runner.rate(small.commands, RERUNS, steady);
    if (final.times === final.of && final.last !== undefined) {
      const outcome = outcomeText(final.last.fault ?? find.fault);
      const report = violationReport(setting, clause, final.last, found, small.runs, outcome);
      return { report, others: small.others };
    }
  }
  const earlier = first?.times === 0 ? await runner.other(find.sent) : undefined;
  if (earlier !== undefined) return { report: undefined, others: new Map([earlier]) };
  const rate = await runner.rate(find.sent, RETRIES, (missed) => missed > 0 && expired());
  if (rate.times === rate.of && rate.last !== undefined) {
    // Only what was shrunk does not always show it: then it is reported as it was found.
    const outcome = outcomeText(rate.last.fault ?? find.fault);
    return { report: violationReport(setting, clause, rate.last, found, 0, outcome), others: none };
  }
  const reproduced = { times: rate.times, of: rate.of };
  const note = `came again in ${rate.times} of ${rate.of} runs`;
  const seen = rate.last ?? find.again;
  const report =
    seen === undefined
      ? asSeen(setting, clause, find, note)
      : violationReport(setting, clause, seen, found, 0, joined(outcomeText(seen.fault), note));
  return { report, reproduced, others: none };
};
