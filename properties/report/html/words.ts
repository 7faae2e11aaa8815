/** Signs and words that several parts of the page share. */
import type { Verdict } from "../../../spec/core/verdict.js";
import type { ClauseChange, GateReport } from "../../gate/report.js";
import { grouped } from "../table.js";
import { h, type Markup } from "./markup.js";

/** Colour classes; each goes with a sign and a word, never alone. */
type Mood = "bad" | "warn" | "good" | "calm";

const VERDICTS: Readonly<Record<Verdict, readonly [Mood, string]>> = {
  violated: ["bad", "✗"],
  error: ["bad", "!"],
  inconclusive: ["warn", "?"],
  "not proven": ["warn", "∅"],
  holds: ["good", "✓"],
};

const CHANGES: Readonly<Record<ClauseChange, readonly [Mood, string]>> = {
  new: ["bad", "✗"],
  lost: ["bad", "−"],
  unstable: ["bad", "~"],
  "not proven": ["warn", "∅"],
  known: ["warn", "="],
  waived: ["warn", "w"],
  fixed: ["good", "✓"],
  held: ["good", "✓"],
  "not judged": ["calm", "·"],
};

/** Worst first. */
export const changes = Object.keys(CHANGES) as readonly ClauseChange[];
export const moodOfVerdict = (verdict: Verdict): Mood => VERDICTS[verdict][0];

const badge = ([mood, sign]: readonly [Mood, string], word: string): Markup =>
  h(
    "span",
    { class: `badge ${mood}` },
    h("span", { "aria-hidden": "true", class: "sign" }, sign),
    word,
  );

export const verdictBadge = (verdict: Verdict): Markup => badge(VERDICTS[verdict], verdict);
export const changeBadge = (change: ClauseChange): Markup => badge(CHANGES[change], change);

export const changeCount = (report: GateReport, change: ClauseChange): number =>
  report.areas.reduce(
    (sum, area) => sum + area.clauses.filter((clause) => clause.change === change).length,
    0,
  );

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** "1.2 s", "340 ms". */
export const duration = (ms: number): string =>
  ms < 1000 ? `${ms} ms` : ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : minutes(ms);

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;

export const section = (id: string, title: string, ...content: (Markup | undefined)[]): Markup =>
  h(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, title),
    content,
  );
