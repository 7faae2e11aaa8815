/** Waivers: violations that are known and taken for now, one TOML file each. */
import * as t from "io-ts";
import { InputError, shown } from "../../spec/core/decode.js";
import { checkClause } from "../input/load.js";
import { subsystemOf } from "./config.js";
import { nearest } from "./paths.js";
import type { WaiverReport } from "./report.js";
import { checked, Day, decodeToml, isDay, located, readToml, table } from "./toml.js";

/** Stands for any steps, none too. */
export const ANY_STEPS = "...";
/** Longest life of a waiver from today, days. */
export const LONGEST_WAIVER = 366;
const DAY_MS = 86_400_000;

export type Waiver = {
  readonly file: string;
  /** Path of a subsystem. */
  readonly area: string;
  readonly clause: string;
  /** "alloc -> allocated" a step of the shrunk trace, or "...". */
  readonly shape: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** Last day on which it counts, "2027-01-31". */
  readonly expires: string;
};

const filled = (name: string): t.Type<string, unknown> =>
  checked(t.string, (text) => (text.trim() === "" ? name : undefined), name);
const STEP = /^\S+ -> \S.*$/;
const Step = checked(
  t.string,
  (step) =>
    step === ANY_STEPS || STEP.test(step) ? undefined : 'a step, "COMMAND -> ANSWER" or "..."',
  "a step",
);

const File = table(
  {
    area: t.string,
    clause: t.string,
    shape: checked(
      t.readonlyArray(Step, "a list of steps"),
      (steps) => (steps.length === 0 ? "at least one step" : undefined),
      "a list of steps",
    ),
    reason: filled("why it may stand"),
    owner: filled("who answers for it"),
    expires: Day,
  },
  {},
  "a waiver",
);

/** Reads a waiver. Throws InputError with file, line, field, found and expected. */
export const readWaiver = (text: string, file: string): Waiver => {
  const document = readToml(text, file);
  const raw = decodeToml(File, document);
  const subsystem = subsystemOf(raw.area, document, "area");
  try {
    checkClause(subsystem, raw.clause, { file });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const meant = nearest(
      raw.clause,
      subsystem.clauses.map((clause) => clause.id),
    );
    throw located(
      document,
      "clause",
      `found ${JSON.stringify(raw.clause)}, expected a clause of ${subsystem.path}` +
        (meant === undefined ? "" : `; did you mean "${meant}"?`),
    );
  }
  raw.shape.forEach((step, i) => {
    const kind = step.split(" -> ")[0] as string;
    if (step === ANY_STEPS || subsystem.commandKinds.includes(kind)) return;
    throw located(
      document,
      `shape.${i}`,
      `found ${JSON.stringify(step)}, expected a command of ${subsystem.path}: ` +
        subsystem.commandKinds.join(", "),
    );
  });
  // The parser makes 3 March of 31 February: the day must stand there as it was read.
  const line = text.split("\n")[document.lineOf("expires") - 1] as string;
  if (!line.includes(raw.expires)) {
    const found = line.slice(line.indexOf("=") + 1).trim();
    throw located(document, "expires", `found ${shown(found)}, expected ${Day.name}`);
  }
  return { file, ...raw };
};

/** Whether the steps of a trace are those that a waiver names. */
export const matchesShape = (pattern: readonly string[], shape: readonly string[]): boolean => {
  // reach[j]: the pattern so far can stand for the first j steps.
  let reach = shape.map(() => false);
  reach.unshift(true);
  for (const step of pattern) {
    const next = reach.map((_, j) =>
      step === ANY_STEPS ? false : j > 0 && (reach[j - 1] as boolean) && shape[j - 1] === step,
    );
    if (step === ANY_STEPS) {
      let open = false;
      reach.forEach((can, j) => {
        open ||= can;
        next[j] = open;
      });
    }
    reach = next;
  }
  return reach[shape.length] as boolean;
};

/** A violation at head, as far as a waiver can speak of it. */
export type Waivable = {
  readonly area: string;
  readonly clause: string;
  readonly shape: readonly string[];
};

export type WaiverJudgement = {
  /** In the order of the waivers. */
  readonly reports: readonly WaiverReport[];
  /** For each violation, in their order, the waiver that covers it. */
  readonly covers: readonly (Waiver | undefined)[];
};

/**
 * What each waiver is good for. Only one that counts covers a violation: an expired or over-broad
 * one is a fault and covers nothing. Where two fit, the first by file name covers it and the
 * second is unused. `judgedAreas` were judged to their end at head; `configured`, when given, are
 * all areas: a waiver of an area that is gone can only be unused.
 */
export const judgeWaivers = (
  waivers: readonly Waiver[],
  violations: readonly Waivable[],
  options: {
    readonly judgedAreas: ReadonlySet<string>;
    readonly configured?: ReadonlySet<string>;
    /** "2026-11-24". */
    readonly today: string;
  },
): WaiverJudgement => {
  const covers: (Waiver | undefined)[] = violations.map(() => undefined);
  const order = waivers
    .map((waiver, i) => ({ waiver, i }))
    .sort((a, b) => (a.waiver.file < b.waiver.file ? -1 : a.waiver.file > b.waiver.file ? 1 : 0));
  const states: WaiverReport["state"][] = [];
  for (const { waiver, i } of order) {
    const matching = violations.flatMap((violation, n) =>
      violation.area === waiver.area &&
      violation.clause === waiver.clause &&
      matchesShape(waiver.shape, violation.shape)
        ? [n]
        : [],
    );
    const shapes = new Set(matching.map((n) => JSON.stringify(violations[n]?.shape)));
    const free = matching.filter((n) => covers[n] === undefined);
    if (daysBetween(options.today, waiver.expires) < 0) states[i] = "expired";
    else if (broadBecause(waiver, options.today, shapes.size) !== undefined) {
      states[i] = "over-broad";
    } else if (free.length > 0) {
      for (const n of free) covers[n] = waiver;
      states[i] = "used";
    } else if (
      options.judgedAreas.has(waiver.area) ||
      matching.length > 0 ||
      options.configured?.has(waiver.area) === false
    ) {
      states[i] = "unused";
    } else states[i] = "not judged";
  }
  return {
    covers,
    reports: waivers.map((waiver, i) => ({
      file: waiver.file,
      area: waiver.area,
      clause: waiver.clause,
      shape: waiver.shape,
      reason: waiver.reason,
      owner: waiver.owner,
      expires: waiver.expires,
      state: states[i] as WaiverReport["state"],
    })),
  };
};

/** Why a waiver takes in too much; undefined where it does not. `shapes`: how many it matches. */
export const broadBecause = (
  waiver: Pick<Waiver, "shape" | "expires">,
  today: string,
  shapes: number,
): string | undefined => {
  if (waiver.shape.at(-1) === ANY_STEPS)
    return 'its last step is "...", expected the step that fails';
  if (daysBetween(today, waiver.expires) > LONGEST_WAIVER) {
    return `it expires more than ${LONGEST_WAIVER} days after ${today}`;
  }
  return shapes > 1 ? `it matches ${shapes} different traces, expected one` : undefined;
};

/** Days from one day to another, "2026-11-24" each. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);

/** Checks `--today`. Throws InputError. */
export const checkToday = (text: string): string => {
  if (isDay(text)) return text;
  throw new InputError(
    { file: "--today" },
    `found ${JSON.stringify(text)}, expected a day such as 2027-01-31`,
  );
};
