/** The report's first sentence. */
import type { Verdict } from "../../spec/core/verdict.js";
import type { Blocker, GateArea } from "./report.js";
import { GATE_NEW, GATE_UNSTABLE } from "./rules.js";

const counted = (n: number, one: string, many = `${one}s`): string =>
  `${n} ${n === 1 ? one : many}`;

const distinct = (clauses: readonly string[]): string => {
  const ids = [...new Set(clauses)];
  return ids.length <= 3
    ? ids.join(", ")
    : `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more`;
};

const countOf = (areas: readonly GateArea[], change: string): number =>
  areas.reduce((n, area) => n + area.violations.filter((v) => v.change === change).length, 0);

/** What stands beside the verdict without deciding it. */
const asides = (areas: readonly GateArea[]): string => {
  const known = countOf(areas, "known");
  const waived = countOf(areas, "waived");
  const fixed = countOf(areas, "fixed");
  const parts = [
    ...(fixed > 0 ? [`${fixed} fixed`] : []),
    ...(known > 0 ? [`${known} known at base`] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
};

export const headlineOf = (
  verdict: Verdict,
  areas: readonly GateArea[],
  blockers: readonly Blocker[],
): string => {
  const of = (rule: string) => blockers.filter((b) => b.rule === rule);
  const rest = asides(areas);
  if (verdict === "holds") {
    if (areas.length === 0) return "The change touches nothing that is judged.";
    return `The change breaks nothing new in ${counted(areas.length, "area")}${rest}.`;
  }
  const news = of(GATE_NEW.id);
  if (news.length > 0) {
    const clauses = distinct(news.map((b) => b.clause ?? ""));
    const others = blockers.length - news.length;
    const also = others > 0 ? `, and ${counted(others, "other reason")} to stay shut` : "";
    return `The change breaks ${clauses}${also}${rest}.`;
  }
  const first = blockers[0];
  const more = blockers.length > 1 ? `, and ${counted(blockers.length - 1, "more reason")}` : "";
  if (first === undefined) return `The gate ends ${verdict}${rest}.`;
  const what = first.rule === GATE_UNSTABLE.id ? "The harness is unstable: " : "";
  const where = first.area ?? first.file;
  const line = first.text.split("\n")[0] ?? "";
  return `${what}${where === undefined ? "" : `${where}: `}${line}${more}${rest}.`;
};
