/** Why the gate does not open: what the areas, taken one by one, have against the change. */
import { firstNames } from "../report/names.js";
import type { Blocker, GateArea, GateReport } from "./report.js";
import {
  GATE_BUILD,
  GATE_INTERRUPTED,
  GATE_LOST_CLAUSE,
  GATE_LOST_COMMAND,
  GATE_NEW,
  GATE_NOT_PROVEN,
  GATE_RECORDS,
  GATE_REQUIRES,
  GATE_START,
  GATE_TIME,
  GATE_UNSTABLE,
  type Rule,
} from "./rules.js";

type Where = { readonly area?: string; readonly clause?: string; readonly file?: string };

export const blocker = (rule: Rule, text: string, where: Where = {}): Blocker => ({
  rule: rule.id,
  verdict: rule.verdict,
  text,
  ...where,
});

/** Names in a reason; the rest are counted. */
const NAMED = 6;
const someOf = (ids: readonly string[]): string => firstNames(ids, NAMED);

type Demands = {
  /** What the base offered with its own harness; undefined: nobody knows. */
  readonly offered:
    | { readonly commands: readonly string[]; readonly observes: readonly string[] }
    | undefined;
  /** What the configuration wants offered. */
  readonly requires: readonly string[];
  readonly observes: readonly string[];
};

const lostOffers = (area: GateArea, demands: Demands): Blocker[] => {
  const where = { area: area.subsystem };
  const { commands, observes } = area.head;
  const missing = (wanted: readonly string[], have: readonly string[]): string[] =>
    wanted.filter((name) => !have.includes(name));
  const out: Blocker[] = [];
  const lostCommands = missing(demands.offered?.commands ?? [], commands);
  const lostViews = missing(demands.offered?.observes ?? [], observes);
  if (lostCommands.length > 0) {
    out.push(blocker(GATE_LOST_COMMAND, `no longer answers ${someOf(lostCommands)}`, where));
  }
  if (lostViews.length > 0) {
    out.push(blocker(GATE_LOST_COMMAND, `no longer shows ${someOf(lostViews)}`, where));
  }
  const unmet = [...missing(demands.requires, commands), ...missing(demands.observes, observes)];
  const rest = unmet.filter((name) => !lostCommands.includes(name) && !lostViews.includes(name));
  if (rest.length > 0) {
    out.push(blocker(GATE_REQUIRES, `does not offer ${someOf(rest)}, as required`, where));
  }
  return out;
};

/** Blockers of one area, the gravest kinds first. */
export const areaBlockers = (area: GateArea, demands: Demands): Blocker[] => {
  const where = { area: area.subsystem };
  const { head } = area;
  switch (head.state) {
    case "build failed":
      return [blocker(GATE_BUILD, `does not build: ${head.why ?? "no reason given"}`, where)];
    case "could not start":
      return [blocker(GATE_START, `does not start: ${head.why ?? "no reason given"}`, where)];
    case "not run":
      return [blocker(GATE_INTERRUPTED, "was not judged", where)];
    default:
      break;
  }
  const out: Blocker[] = [];
  for (const v of area.violations) {
    if (v.change !== "new") continue;
    const text = `breaks ${v.clause} in ${v.length} commands: ${v.title}`;
    out.push(blocker(GATE_NEW, text, { ...where, clause: v.clause }));
  }
  const told = area.violations
    .filter((v) => v.change !== "fixed")
    .flatMap((v) => [v.clause, ...v.also]);
  for (const clause of area.clauses) {
    // Every new violation is told with its trace; one whose trace was not kept blocks as well.
    if (clause.change !== "new" || told.includes(clause.id)) continue;
    const text = `breaks ${clause.id}: ${clause.title}`;
    out.push(blocker(GATE_NEW, text, { ...where, clause: clause.id }));
  }
  for (const clause of area.clauses) {
    if (clause.change !== "lost") continue;
    const why = clause.head.why ?? "never exercised at head";
    const text = `${clause.id} can no longer be shown: ${why}`;
    out.push(blocker(GATE_LOST_CLAUSE, text, { ...where, clause: clause.id }));
  }
  // Killed before the handshake, it had no chance to offer anything.
  if (head.state === "judged" || head.commands.length > 0) out.push(...lostOffers(area, demands));
  for (const v of area.violations) {
    if (v.change !== "unstable") continue;
    const rate = v.reproduced;
    const often = rate === undefined ? "not always" : `${rate.times} of ${rate.of} times`;
    const text = `${v.clause} breaks, but came again ${often}`;
    out.push(blocker(GATE_UNSTABLE, text, { ...where, clause: v.clause }));
  }
  if (head.state === "interrupted") {
    out.push(blocker(GATE_INTERRUPTED, `was interrupted: ${head.why ?? "no reason given"}`, where));
    return out;
  }
  const open = area.clauses.filter((clause) => clause.change === "not proven");
  // A system that dies on the way keeps clauses from being exercised: that is said already.
  const dead = area.violations.some((v) => v.change === "new" && v.clause.startsWith("SYS-"));
  if (open.length > 0 && !dead) {
    const cut = head.stages.some((stage) => !stage.complete);
    const ids = someOf(open.map((clause) => clause.id));
    const text = `${ids}: not exercised often enough${cut ? " in the time given" : ""}`;
    out.push(blocker(cut ? GATE_TIME : GATE_NOT_PROVEN, text, where));
  }
  return out;
};

/** References that disagree with the recorded Linux cannot judge anything. */
export const recordBlockers = (records: GateReport["records"]): Blocker[] =>
  records
    .filter((record) => record.verdict !== "holds")
    .map((record) => blocker(GATE_RECORDS, `${record.file}: ${record.verdict}`));
