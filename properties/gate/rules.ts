/**
 * The gate's own rules: what can keep it shut, as data. `explain GATE-NEW` prints one; blockers
 * name one; the demonstration repository has a case for each.
 */
import type { Verdict } from "../../spec/core/verdict.js";

export type Rule = {
  readonly id: string;
  readonly title: string;
  /** What the gate's verdict is at best while this stands. */
  readonly verdict: Verdict;
  /** What whoever is blocked can do. */
  readonly remedy: string;
};

const rule = (id: string, verdict: Verdict, title: string, remedy: string): Rule => ({
  id,
  title,
  verdict,
  remedy,
});

export const GATE_NEW = rule(
  "GATE-NEW",
  "violated",
  "the change breaks no clause that its base keeps",
  "replay the trace, mend the code, or waive it with a reason and a date",
);
export const GATE_LOST_CLAUSE = rule(
  "GATE-LOST-CLAUSE",
  "violated",
  "what the base could show of a clause, the head can still show",
  "make the harness exercise the clause again",
);
export const GATE_LOST_COMMAND = rule(
  "GATE-LOST-COMMAND",
  "violated",
  "every command and observation that the base's harness offers is offered at head",
  "answer the command again, or show the observation again",
);
export const GATE_REQUIRES = rule(
  "GATE-REQUIRES",
  "violated",
  "the harness offers what redbear-spec.toml requires of it",
  "answer the command or show the observation, or take it out of the configuration",
);
export const GATE_WEAKER_CONFIG = rule(
  "GATE-WEAKER-CONFIG",
  "violated",
  "redbear-spec.toml asks at head for no less than at base",
  "restore the setting; to retire a promise, change it in a commit that an owner merges by hand",
);
export const GATE_LOST_REGRESSION = rule(
  "GATE-LOST-REGRESSION",
  "violated",
  "no regression trace is deleted",
  "restore the file",
);
export const GATE_LOST_WAIVER = rule(
  "GATE-LOST-WAIVER",
  "violated",
  "a waiver is deleted only when its violation is gone",
  "mend the code as well, or keep the waiver",
);
export const GATE_WAIVER_UNUSED = rule(
  "GATE-WAIVER-UNUSED",
  "violated",
  "every waiver covers a violation that occurs at head",
  "delete the waiver",
);
export const GATE_WAIVER_EXPIRED = rule(
  "GATE-WAIVER-EXPIRED",
  "violated",
  "no waiver is past its date",
  "mend the code, or renew the waiver with its owner's word",
);
export const GATE_WAIVER_BROAD = rule(
  "GATE-WAIVER-BROAD",
  "violated",
  "a waiver covers one violation, for a year at most",
  "name the shape of one trace, and a date within a year",
);
export const GATE_CONFIG = rule(
  "GATE-CONFIG",
  "error",
  "the head's configuration, waivers and regressions can be read",
  "restore or mend the file",
);
export const GATE_APPLY = rule(
  "GATE-APPLY",
  "error",
  "the patches apply to the base",
  "rebase the series, or name the base it was made for with --base",
);
export const GATE_BUILD = rule(
  "GATE-BUILD",
  "error",
  "the head builds with the configured command",
  "mend the build; its last lines are in the report",
);
export const GATE_START = rule(
  "GATE-START",
  "error",
  "the harness starts and shakes hands",
  "run the harness by hand with `redbear-spec check AREA --system-cmd CMD`",
);
export const GATE_UNSTABLE = rule(
  "GATE-UNSTABLE",
  "error",
  "the harness gives the same answers to the same commands",
  "remove clocks, chance, addresses and leftovers of earlier runs from what the harness answers",
);
export const GATE_INTERRUPTED = rule(
  "GATE-INTERRUPTED",
  "inconclusive",
  "the gate comes to its end",
  "run it again",
);
export const GATE_TIME = rule(
  "GATE-TIME",
  "inconclusive",
  "every clause is exercised often enough before the time is up",
  "give it more time with --budget, or make the harness faster",
);
export const GATE_NOT_PROVEN = rule(
  "GATE-NOT-PROVEN",
  "not proven",
  "every clause that is judged is exercised often enough",
  "a configuration or a campaign that reaches it is missing; see the clause with explain",
);
export const GATE_RECORDS = rule(
  "GATE-RECORDS",
  "error",
  "the references agree with the recorded Linux",
  "the tool itself is at fault: report it",
);

export const gateRules: readonly Rule[] = [
  GATE_NEW,
  GATE_LOST_CLAUSE,
  GATE_LOST_COMMAND,
  GATE_REQUIRES,
  GATE_WEAKER_CONFIG,
  GATE_LOST_REGRESSION,
  GATE_LOST_WAIVER,
  GATE_WAIVER_UNUSED,
  GATE_WAIVER_EXPIRED,
  GATE_WAIVER_BROAD,
  GATE_CONFIG,
  GATE_APPLY,
  GATE_BUILD,
  GATE_START,
  GATE_UNSTABLE,
  GATE_INTERRUPTED,
  GATE_TIME,
  GATE_NOT_PROVEN,
  GATE_RECORDS,
];

export const findRule = (id: string): Rule | undefined => gateRules.find((r) => r.id === id);
