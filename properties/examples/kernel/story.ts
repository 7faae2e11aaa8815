/** A case of the example: what it changes, and what a gate must say about it. */
import type { Verdict } from "../../../spec/core/verdict.js";
import type { ClauseChange } from "../../gate/report.js";
import type { Change } from "./history.js";

/** What a gate must say. Clauses that are not named may hold or be not judged. */
export type Expected = {
  readonly verdict: Verdict;
  readonly exit: 0 | 1 | 2 | 3;
  /** By subsystem and clause id. */
  readonly changes: Readonly<Record<string, Readonly<Record<string, ClauseChange>>>>;
  /** Rules of properties/gate/rules.ts that block, each at least once and no other. */
  readonly rules: readonly string[];
};

export type Story = {
  /** Kebab-case; branches `base/NAME` and `head/NAME`. */
  readonly name: string;
  /** A sentence for the table of cases. */
  readonly shows: string;
  /** What makes the base out of the first commit. */
  readonly base?: readonly Change[];
  readonly head: readonly Change[];
  /**
   * `range`: a commit range. `both`: mail-formatted patches as well. `main`: patches that are to
   * be applied to the first commit, whatever base they were written for.
   */
  readonly as?: "range" | "both" | "main";
  readonly expected: Expected;
};

export const VECTORS = "irq/vector-matrix/allocator";
export const MESSAGES = "irq/msi-message";
export const CAPABILITIES = "irq/capability";

const codes = { holds: 0, violated: 1, error: 2, inconclusive: 3, "not proven": 3 } as const;

export const expect = (
  verdict: Verdict,
  rules: readonly string[] = [],
  changes: Expected["changes"] = {},
): Expected => ({ verdict, exit: codes[verdict], rules, changes });

export const change = (message: string, edit: Change["edit"]): Change => ({
  message: `${message}\n`,
  edit,
});
