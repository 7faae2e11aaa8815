/** The result of a check as plain data: every output format is a function of it. */
import type { Level } from "../../spec/core/clause.js";
import type { Verdict } from "../../spec/core/verdict.js";
import type { Picture } from "../report/picture.js";

export type ClauseStatus = "held" | "violated" | "not exercised enough" | "not judged";

export type ClauseReport = {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly kind: string;
  readonly task: string;
  readonly source: readonly string[];
  readonly status: ClauseStatus;
  readonly exercised: number;
  readonly minimum: number;
  readonly violations: number;
  /** Why it is not judged. */
  readonly why?: string;
};

export type CampaignReport = {
  readonly name: string;
  readonly config: unknown;
  readonly runs: number;
  readonly commands: number;
  readonly evaluations: number;
  /** Runs cut short since the system's choices made a command under way impossible. */
  readonly cut?: number;
  /** Equal seeds give equal hashes at any number of workers. */
  readonly hash: string;
};

export type ExplorationReport = {
  readonly name: string;
  readonly config: unknown;
  readonly states: number;
  readonly transitions: number;
  readonly levels: number;
  readonly complete: boolean;
  readonly symmetry: boolean;
  /** Why the search was not reduced by symmetry although it was asked to. */
  readonly symmetryRefused?: string;
  readonly leftOut?: string;
  /** Upper bound of the chance that a hash collision hid a state; absent: states are exact. */
  readonly missedChance?: number;
  readonly evaluations: number;
};

/** A field of the state that a command changed, or that differs from Linux. */
export type DifferenceReport = {
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly system?: string;
};

export type StepReport = {
  readonly command: string;
  /** Kind of the command alone. */
  readonly kind: string;
  readonly response: string;
  /** Kind of the response, "no answer" where there was none. */
  readonly answer: string;
  /** What Linux 7.0 answers there: the reference in the state that the system led to. */
  readonly linux?: string;
  /** What the command changed in the reference, having followed the answer. */
  readonly changes: readonly DifferenceReport[];
  /** The state after the command. */
  readonly picture?: Picture;
};

export type ViolationReport = {
  readonly clause: string;
  readonly title: string;
  readonly level: Level;
  readonly source: readonly string[];
  readonly subsystem: string;
  readonly system: string;
  readonly config: unknown;
  readonly seed: number;
  readonly run?: number;
  /** Other clauses that the same command broke. */
  readonly also: readonly string[];
  /** Commands before and after shrinking. */
  readonly found: number;
  readonly length: number;
  readonly shrinkRuns: number;
  readonly steps: readonly StepReport[];
  readonly differences: readonly DifferenceReport[];
  /** What Linux 7.0 answers to the last command. */
  readonly linux?: string;
  /** Outcome of the system itself: a crash, a hang, nonsense. */
  readonly systemOutcome?: string;
  readonly trace: string;
  readonly replay: string;
  readonly again: string;
};

export type AreaReport = {
  readonly subsystem: string;
  readonly title: string;
  readonly level: Level;
  readonly verdict: Verdict;
  readonly commands: number;
  readonly states: number;
  readonly evaluations: number;
  readonly campaigns: readonly CampaignReport[];
  /** Configurations that the system does not take, with its reason: nothing was judged there. */
  readonly refused?: readonly string[];
  /** Fields of the configuration that the system does not leave open, as it told them. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  readonly explorations: readonly ExplorationReport[];
  readonly clauses: readonly ClauseReport[];
  readonly features: readonly { readonly name: string; readonly reached: number }[];
};

/** Recorded Linux events judged against the models. */
export type RecordReport = {
  readonly file: string;
  readonly verdict: Verdict;
  readonly events: number;
  readonly linux: number;
  readonly contract: number;
  readonly informational: number;
  readonly explanation?: string;
};

export type CheckReport = {
  readonly tool: string;
  readonly verdict: Verdict;
  readonly system: string;
  readonly seed: number;
  readonly areas: readonly AreaReport[];
  readonly records: readonly RecordReport[];
  readonly violations: readonly ViolationReport[];
};
