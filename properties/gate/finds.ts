/** Finds on a system on their way to violations: shrunk, run again, told apart by their shape. */
import type { Setting } from "../check/counterexample.js";
import { type Find, settleFind } from "../check/external-find.js";
import type { StdioSystem } from "../sut/stdio.js";
import type { Clauses } from "../sut/tracker.js";
import type { JudgeJob, JudgeResult } from "./job.js";
import { sameShape, shapeOf } from "./shape.js";

/** Violations of one clause that are kept, each of another shape. */
const MOST_SHAPES = 4;
/** Finds of one clause that are settled, since many are one and the same mistake. */
const MOST_SETTLED = 8;

export type Pending = {
  readonly clause: string;
  readonly find: Find;
  readonly config: unknown;
  readonly clauses: Clauses;
  readonly run?: number;
  /** Name of the regression that broke. */
  readonly regression?: string;
  /** Met while another clause's find was shrunk. */
  readonly met?: boolean;
};

/** A word of a shell command line. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

type Unstable = JudgeResult["unstable"][number];
type Violation = JudgeResult["violations"][number];

export class Finds {
  readonly violations: Violation[] = [];
  readonly unstable: Unstable[] = [];
  readonly #system: StdioSystem;
  readonly #job: JudgeJob;
  readonly #settled = new Map<string, number>();
  #pending: Pending[] = [];

  constructor(system: StdioSystem, job: JudgeJob) {
    this.#system = system;
    this.#job = job;
  }

  add(pending: Pending): void {
    this.#pending.push(pending);
  }

  /**
   * One find of every clause that none was settled of, and every regression. `limit` begins the
   * time that shrinking one of them may take.
   */
  async settleNew(limit: () => () => boolean): Promise<void> {
    const rest: Pending[] = [];
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const { clause, met, regression } = next;
      const known = regression === undefined && this.#settled.has(clause);
      // The same command broke it with another clause: that has been said.
      const said = met === true && this.violations.some((v) => v.also.includes(clause));
      if (known) rest.push(next);
      else if (said) continue;
      else await this.#settle(next, limit());
    }
    this.#pending = rest;
  }

  /** The others, for their shapes, while there is time. The shortest come first. */
  async settleRest(expired: () => boolean): Promise<void> {
    this.#pending.sort((a, b) => a.find.sent.length - b.find.sent.length);
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      if (expired()) return;
      const { clause } = next;
      // The trial of a hang costs the time limit, and an unreliable clause is known as such.
      if (clause === "SYS-HANG" || this.unstable.some((u) => u.clause === clause)) continue;
      if ((this.#settled.get(clause) ?? 0) >= MOST_SETTLED) continue;
      if (this.#of(clause).length >= MOST_SHAPES) continue;
      await this.#settle(next, expired);
    }
  }

  #of(clause: string): readonly Violation[] {
    return this.violations.filter((v) => v.clause === clause);
  }

  #setting(pending: Pending): Setting {
    const { subsystem, command } = this.#system;
    const { level, seed, traces } = this.#job;
    const area = subsystem.path;
    const name = quoted(command);
    return {
      subsystem,
      config: pending.config,
      level,
      clauses: pending.clauses,
      system: command,
      seed,
      ...(pending.run === undefined ? {} : { run: pending.run }),
      traces,
      again:
        `redbear-spec check ${area} --system-cmd ${name} --level ${level} ` +
        `--seed 0x${seed.toString(16)}`,
      replayOptions: ` --system-cmd ${name}`,
    };
  }

  async #settle(pending: Pending, expired: () => boolean): Promise<void> {
    const { clause, find, regression } = pending;
    this.#settled.set(clause, (this.#settled.get(clause) ?? 0) + 1);
    const setting = this.#setting(pending);
    const { report, reproduced, others } = await settleFind(
      this.#system,
      setting,
      clause,
      find,
      expired,
    );
    for (const [other, sent] of others) {
      if (this.#settled.has(other) || report?.also.includes(other) === true) continue;
      const seen = { sent, responses: [], confirmed: true };
      const { config, clauses } = pending;
      this.#pending.push({ clause: other, find: seen, config, clauses, met: true });
    }
    if (report === undefined) return;
    if (reproduced !== undefined) {
      if (!this.unstable.some((u) => u.clause === clause)) {
        this.unstable.push({ ...report, reproduced });
      }
      return;
    }
    const named = regression === undefined ? report : { ...report, regression };
    const shape = shapeOf(report.steps);
    const same = this.#of(clause).some((v) => sameShape(shapeOf(v.steps), shape));
    if (!same || regression !== undefined) this.violations.push(named);
  }
}
