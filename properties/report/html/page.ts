/** A gate's report as one page that needs nothing else: a pure function of the reports. */
import type { GateReport } from "../../gate/report.js";
import { coverage } from "./coverage.js";
import { pageData } from "./data.js";
import { files, records, stages, waivers } from "./evidence.js";
import { charts, history, inOrder } from "./history.js";
import { h, jsonText, Markup } from "./markup.js";
import { chartLibrary, clientScript, hashOf } from "./script.js";
import { patterns, style } from "./style.js";
import { areas, blockers, header, warnings } from "./summary.js";
import { allViolations, violations } from "./violations.js";

const SECTIONS = [
  ["blockers", "What blocks"],
  ["areas", "Areas"],
  ["violations", "Counterexamples"],
  ["clauses", "Clauses"],
  ["files", "Files"],
  ["waivers", "Waivers"],
  ["stages", "Searches"],
  ["records", "Records"],
  ["history", "Runs"],
] as const;

/** `earlier`: runs of other times, for the history. */
export const gateHtml = (report: GateReport, earlier: readonly GateReport[] = []): string => {
  const runs = inOrder(report, earlier);
  const drawn = charts(runs);
  const library = drawn.length > 0 ? chartLibrary() : undefined;
  const client = clientScript();
  const scripts = [...(library === undefined ? [] : [library.script]), client];
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `script-src ${scripts.map(hashOf).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const content = [
    blockers(report),
    warnings(report),
    areas(report),
    violations(report),
    coverage(report),
    files(report),
    waivers(report),
    stages(report),
    records(report),
    history(runs, report),
  ].filter((part) => part !== undefined);
  const whole = content.map((part) => part.text).join("");
  const links = SECTIONS.filter(([id]) => whole.includes(`<section id="${id}"`));
  const page = h(
    "html",
    { lang: "en" },
    h(
      "head",
      {},
      h("meta", { charset: "utf-8" }),
      h("meta", { "http-equiv": "Content-Security-Policy", content: policy }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("meta", { name: "color-scheme", content: "light dark" }),
      h("meta", { name: "referrer", content: "no-referrer" }),
      h("title", {}, `${report.verdict}: ${report.headline} · ${report.repository}`),
      h("style", {}, new Markup(`${library?.style ?? ""}${style}`)),
    ),
    h(
      "body",
      {},
      h("a", { class: "skip", href: "#main" }, "To the content"),
      new Markup(patterns),
      header(report),
      h(
        "nav",
        { "aria-label": "Sections" },
        links.map(([id, title]) => h("a", { href: `#${id}` }, title)),
      ),
      h("main", { id: "main", tabindex: -1 }, content),
      h("footer", {}, report.tool),
      h(
        "script",
        { type: "application/json", id: "data" },
        new Markup(jsonText(pageData(allViolations(report), drawn))),
      ),
      library !== undefined && h("script", {}, new Markup(library.script)),
      h("script", { type: "module" }, new Markup(client)),
    ),
  );
  return `<!doctype html>\n${page.text}\n`;
};
