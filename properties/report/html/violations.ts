/** Counterexamples: the steps side by side, the states between them, how to run them again. */
import type { GateReport, Step, Violation } from "../../gate/report.js";
import type { Picture } from "../picture.js";
import { firstDifference, type StepLine, stepLines } from "../steps.js";
import { type Drawing, drawings } from "./draw/drawings.js";
import { type Child, h, lines, Markup } from "./markup.js";
import { changeBadge, plural, section } from "./words.js";

/** Steps that are shown of a trace that could not be shrunk. */
const MOST_STEPS = 200;
/** State changes of a step. */
const MOST_CHANGES = 40;

const changesOf = (step: Step): Markup | undefined => {
  if (step.changes.length === 0) return undefined;
  const rest = step.changes.length - MOST_CHANGES;
  return h(
    "ul",
    { class: "changes", "aria-label": "State changes" },
    step.changes
      .slice(0, MOST_CHANGES)
      .map((d) =>
        h(
          "li",
          {},
          h("span", { class: "field" }, d.field),
          " ",
          d.before === d.after
            ? h("span", {}, d.after)
            : [
                h("span", { class: "muted" }, d.before || "–"),
                " → ",
                h("span", {}, d.after || "–"),
              ],
          d.system !== undefined && [
            " ",
            h("b", { class: "differs" }, `system shows ${d.system || "nothing"}`),
          ],
        ),
      ),
    rest > 0 && h("li", { class: "muted" }, `and ${rest} more`),
  );
};

/** The columns beside the system that something is known of. */
type Parties = { readonly base: boolean; readonly linux: boolean };

const answer = (title: string, text: string | undefined, system: string): Markup =>
  h(
    "td",
    { "data-title": title, class: text === system ? "muted" : "other" },
    text === undefined ? "" : text === system ? "same" : h("code", {}, text),
  );

const stepRow = (v: Violation, line: StepLine, parties: Parties): Markup | Markup[] => {
  const columns = 4 + (parties.base ? 1 : 0) + (parties.linux ? 1 : 0);
  if ("leftOut" in line) {
    return h(
      "tr",
      { class: "left-out" },
      h("td", { colspan: columns }, `… ${plural(line.leftOut, "command")} left out …`),
    );
  }
  const step = v.steps[line.number] as Step;
  const first = line.number === firstDifference(v);
  const last = line.number === v.steps.length - 1;
  const marks = [
    first && h("b", { class: "mark" }, "◀ first difference"),
    last && h("b", { class: "mark" }, `◀ ${v.clause}`),
  ];
  const row = h(
    "tr",
    { "data-step": line.number, class: first ? "step first" : last ? "step last" : "step" },
    h("td", { class: "number", "data-title": "Step" }, line.number),
    h("td", { "data-title": "Command" }, h("code", {}, line.command)),
    h("td", { "data-title": "Head" }, h("code", {}, line.system)),
    parties.base && answer("Base", line.base, line.system),
    parties.linux && answer("Linux 7.0", line.linux, line.system),
    h("td", { class: "marks" }, marks),
  );
  const changes = changesOf(step);
  if (changes === undefined) return row;
  const below = h("td", { colspan: columns - 1 }, changes);
  return [row, h("tr", { class: "state" }, h("td", {}), below)];
};

const steps = (v: Violation): Markup => {
  const parties = {
    base: v.steps.some((step) => step.base !== undefined),
    linux: v.steps.some((step) => step.linux !== undefined),
  };
  const titles = ["#", "Command and state changes", "Head"];
  if (parties.base) titles.push("Base");
  if (parties.linux) titles.push("Linux 7.0");
  return h(
    "div",
    { class: "table" },
    h(
      "table",
      { class: "steps" },
      h("caption", { class: "unseen" }, `Steps of the counterexample of ${v.clause}`),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          titles.map((title) => h("th", { scope: "col" }, title)),
          h("td", {}),
        ),
      ),
      h(
        "tbody",
        {},
        stepLines(v, MOST_STEPS).map((line) => stepRow(v, line, parties)),
      ),
    ),
  );
};

/** How a picture's own kind is drawn. */
export const drawingOf = (picture: Picture): Drawing<Picture> =>
  drawings[picture.kind] as Drawing<Picture>;

const shownIn = (v: Violation): Set<number> =>
  new Set(
    v.steps.flatMap(({ picture }) =>
      picture === undefined ? [] : drawingOf(picture).values(picture),
    ),
  );

/** The state after the last step; a script adds the slider for the others. */
const figure = (v: Violation, at: number): Markup | undefined => {
  const last = v.steps.findLastIndex((step) => step.picture !== undefined);
  const picture = v.steps[last]?.picture;
  if (picture === undefined) return undefined;
  const before = v.steps[last - 1]?.picture;
  const drawing = drawingOf(picture);
  const told = drawing.tell(picture, before);
  const slider = `slider-${at}`;
  return h(
    "figure",
    { class: "picture", "data-violation": at },
    h(
      "figcaption",
      {},
      h("b", {}, picture.title),
      ", in the reference after ",
      h("span", { class: "when" }, `step ${last}`),
    ),
    h(
      "div",
      { class: "player", hidden: true },
      h("button", { type: "button", class: "play" }, "Play"),
      h("label", { for: slider }, "Step"),
      h("input", {
        id: slider,
        type: "range",
        min: 0,
        max: v.steps.length - 1,
        step: 1,
        value: last,
      }),
      h("output", { for: slider }, `${last} of ${v.steps.length - 1}`),
    ),
    h(
      "div",
      { class: "canvas", tabindex: 0, role: "group", "aria-label": picture.title },
      new Markup(drawing.draw(picture, before)),
    ),
    h(
      "p",
      { class: "told small", "aria-live": "polite" },
      told.slice(0, 8).join("; ") || "no change",
    ),
    h("ul", { class: "key" }, new Markup(drawing.key(picture, shownIn(v)))),
  );
};

const command = (text: string): Markup =>
  h(
    "div",
    { class: "command" },
    h("pre", {}, h("code", {}, text)),
    h("button", { type: "button", class: "copy", hidden: true }, "Copy"),
  );

const fact = (name: string, ...value: Child[]): Markup[] => [h("dt", {}, name), h("dd", {}, value)];

const facts = (v: Violation): Markup =>
  h(
    "dl",
    { class: "facts" },
    fact("area", v.subsystem, ` at ${v.level} level`),
    fact("source", v.source.join("; ")),
    v.also.length > 0 && fact("breaks also", v.also.join(", ")),
    v.systemOutcome !== undefined && fact("outcome", lines(v.systemOutcome)),
    v.linux !== undefined && fact("Linux 7.0", h("code", {}, v.linux), " to the last command"),
    v.waiver !== undefined && fact("waiver", h("code", {}, v.waiver)),
    v.reproduced !== undefined &&
      fact("came again", `${v.reproduced.times} of ${v.reproduced.of} times`),
    v.regression !== undefined && fact("found by", "regression ", h("code", {}, v.regression)),
    fact(
      "trace",
      h("code", {}, v.trace),
      v.shrinkRuns > 0 &&
        `, ${plural(v.found, "command")} shrunk to ${v.length} in ${plural(v.shrinkRuns, "run")}`,
    ),
  );

const TITLES: Readonly<Record<Violation["change"], string>> = {
  new: "the base keeps it",
  known: "the base breaks it as well",
  fixed: "at base only",
  waived: "a waiver covers it",
  unstable: "not the same twice",
};

const violation = (v: Violation, at: number): Markup => {
  const open = v.change === "new" || v.change === "unstable";
  return h(
    "details",
    { class: "violation", id: `violation-${at}`, open },
    h(
      "summary",
      {},
      changeBadge(v.change),
      " ",
      h("b", {}, v.clause),
      " ",
      h("span", {}, v.title),
      h("span", { class: "muted" }, ` · ${TITLES[v.change]}`),
    ),
    steps(v),
    figure(v, at),
    h("h3", {}, "Run it again"),
    command(v.replay),
    h(
      "details",
      { class: "more" },
      h("summary", {}, "The campaign that found it, and its configuration"),
      command(v.again),
      lines(JSON.stringify(v.config, null, 1)),
      h("p", { class: "small" }, "Shape for a waiver:"),
      lines(JSON.stringify(v.shape)),
    ),
    facts(v),
  );
};

/** All counterexamples of a report, in the order that their numbers follow. */
export const allViolations = (report: GateReport): readonly Violation[] =>
  report.areas.flatMap((area) => area.violations);

const RANK: readonly Violation["change"][] = ["new", "unstable", "known", "waived", "fixed"];

export const violations = (report: GateReport): Markup | undefined => {
  const all = allViolations(report).map((v, at) => ({ v, at }));
  if (all.length === 0) return undefined;
  const sorted = [...all].sort((a, b) => RANK.indexOf(a.v.change) - RANK.indexOf(b.v.change));
  return section(
    "violations",
    `Counterexamples (${all.length})`,
    ...sorted.map(({ v, at }) => violation(v, at)),
  );
};
