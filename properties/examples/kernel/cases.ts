/** The cases of the example kernel: what a gate is given, and what it must say. */
import type { Verdict } from "../../../spec/core/verdict.js";
import { codeStories } from "./code-stories.js";
import { gateStories, TODAY } from "./gate-stories.js";
import { hostileStories } from "./hostile-stories.js";
import type { Expected, Story } from "./story.js";

export { TODAY };

export const stories: readonly Story[] = [...codeStories, ...gateStories, ...hostileStories];

export type Case = {
  readonly name: string;
  /** A sentence. */
  readonly shows: string;
  /** Branches of the repository. `--range base..head`. */
  readonly base: string;
  readonly head: string;
  /** Files of a mail-formatted series, in order; empty where the case has none. */
  readonly patches: readonly string[];
  /** What the series is to be applied to. */
  readonly patchBase: string;
  /** The range itself is fine; only its patches are the case. */
  readonly patchesOnly: boolean;
  readonly verdict: Verdict;
  readonly exit: Expected["exit"];
  readonly changes: Expected["changes"];
  /** Rules that must be among those that block. */
  readonly rules: readonly string[];
};

/** Rows of the table of cases in README.md. */
export const table = (): string => {
  const rows = stories.map(({ name, shows, as, expected }) => {
    const clauses = Object.values(expected.changes).flatMap((changes) =>
      Object.entries(changes).map(([id, change]) => `${id} ${change}`),
    );
    const given = as === "both" ? "range, patches" : as === "main" ? "patches" : "range";
    const why = [...expected.rules, ...clauses].join(", ");
    return `| ${name} | ${shows} | ${given} | ${expected.verdict} | ${expected.exit} | ${why} |`;
  });
  return ["| case | what it shows | given as | verdict | exit | why |", "|---|---|---|---|---|---|"]
    .concat(rows)
    .join("\n");
};
