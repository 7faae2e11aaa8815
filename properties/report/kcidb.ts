/**
 * KCIDB 5.3: checkouts and builds of base and head, and a test a clause. The format keeps apart
 * what others mix up: FAIL, the code is at fault; ERROR, the test is; MISS, there was no test.
 */
import { createHash } from "node:crypto";
import type { CheckReport } from "../check/report.js";
import type { ClauseAt, GateArea, GateReport, Side } from "../gate/report.js";
import { cut, plain, plainLines } from "./escape.js";
import { type Case, checkResults, gateResults, type Outcome, type Suite } from "./results.js";

export const KCIDB_ORIGIN = "redbear_spec";

export type KcidbStatus = "FAIL" | "ERROR" | "MISS" | "PASS" | "DONE" | "SKIP";

/** A known or waived violation is one all the same: the database is no gate. */
const STATUS: Readonly<Record<Outcome, KcidbStatus>> = {
  held: "PASS",
  violated: "FAIL",
  known: "FAIL",
  waived: "FAIL",
  lost: "FAIL",
  error: "ERROR",
  "not run": "MISS",
  "not proven": "MISS",
  "not judged": "SKIP",
};

const STATUS_AT: Readonly<Record<ClauseAt["status"], KcidbStatus>> = {
  held: "PASS",
  violated: "FAIL",
  "not exercised enough": "MISS",
  "not judged": "SKIP",
  "no answer": "MISS",
};

/** Most characters that the schema takes, with room for characters of two units. */
const EXCERPT = 8000;

const excerpt = (lines: readonly string[]): { log_excerpt: string } | Record<string, never> =>
  lines.length === 0 ? {} : { log_excerpt: cut(lines.join("\n"), EXCERPT) };

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);

/** "irq/vector-matrix/allocator", "VEC-MATRIX-4" as a path of the test tree. */
const path = (suite: string, name: string): string =>
  ["redbear_spec", ...suite.split("/"), name]
    .map((part) => part.replace(/[^a-zA-Z0-9_-]+/g, "_"))
    .map((part) => (part === "" ? "_" : part))
    .join(".");

/** An object of the database; the schema says which fields it may have. */
type Item = { readonly id: string; readonly [field: string]: unknown };

type Objects = { checkouts: Item[]; builds: Item[]; tests: Item[] };

const document = (objects: Objects): string =>
  `${JSON.stringify({ version: { major: 5, minor: 3 }, ...objects }, null, 2)}\n`;

const testOf = (
  origin: string,
  build: string,
  run: string,
  suite: string,
  c: Case,
  status: KcidbStatus,
  at: string | undefined,
): Item => ({
  id: `${origin}:${digest(build, run, suite, c.name)}`,
  origin,
  build_id: build,
  path: path(suite, c.name),
  status,
  comment: c.title,
  ...excerpt(c.message === "" ? c.details : [c.message, ...c.details]),
  ...(c.exercised === undefined ? {} : { number: { value: c.exercised, unit: "times exercised" } }),
  ...(at === undefined ? {} : { start_time: at }),
  misc: { redbear_spec: { outcome: c.outcome } },
});

const buildStatus: Readonly<Record<Side["state"], KcidbStatus>> = {
  judged: "PASS",
  // It was built, or it could not have been started.
  "could not start": "PASS",
  interrupted: "PASS",
  "build failed": "FAIL",
  "not run": "MISS",
};

const buildOf = (
  origin: string,
  checkout: string,
  area: GateArea,
  side: Side,
  at: string,
): Item => ({
  id: `${origin}:${digest(checkout, area.subsystem, area.level)}`,
  origin,
  checkout_id: checkout,
  comment: `${area.subsystem} ${area.level}`,
  start_time: at,
  duration: side.buildMs / 1000,
  status: buildStatus[side.state],
  ...excerpt(side.why === undefined ? [] : plainLines(side.why)),
  misc: { redbear_spec: { state: side.state, cached: side.buildCached } },
});

const baseCase = (area: GateArea): { c: Case; status: KcidbStatus }[] =>
  area.clauses.map((clause) => ({
    status: STATUS_AT[clause.base.status],
    c: {
      name: clause.id,
      outcome: clause.base.status === "held" ? "held" : "not judged",
      title: plain(clause.title),
      message: clause.base.status === "held" ? "" : plain(clause.base.why ?? clause.base.status),
      details: [],
      exercised: clause.base.exercised,
    },
  }));

const checkoutOf = (origin: string, report: GateReport, of: "base" | "head"): Item => {
  const revision = report[of];
  const full = /^[0-9a-f]{40}$/.test(revision.commit ?? "");
  // Patches have no commit: what they are applied to and what they change names them.
  const files = report.files.map((file) => `${file.path} ${file.added} ${file.removed}`);
  const own = digest(report.base.commit ?? "", revision.name, revision.subject, ...files);
  return {
    id: `${origin}:${full ? revision.commit : own}`,
    origin,
    tree_name: plain(report.repository),
    comment: plain(revision.subject),
    start_time: report.at,
    valid: true,
    ...(full ? { git_commit_hash: revision.commit } : {}),
    misc: { redbear_spec: { side: of, name: plain(revision.name) } },
  };
};

export const gateKcidb = (report: GateReport, origin = KCIDB_ORIGIN): string => {
  const base = checkoutOf(origin, report, "base");
  const head = checkoutOf(origin, report, "head");
  const objects: Objects = { checkouts: [base, head], builds: [], tests: [] };
  if (base.id === head.id) objects.checkouts.pop();
  const { suites } = gateResults(report);
  const add = (suite: Suite, build: string): void => {
    for (const c of suite.cases) {
      objects.tests.push(
        testOf(origin, build, report.at, suite.name, c, STATUS[c.outcome], report.at),
      );
    }
  };
  report.areas.forEach((area, i) => {
    const old = buildOf(origin, base.id, area, area.base, report.at);
    const now = buildOf(origin, head.id, area, area.head, report.at);
    objects.builds.push(old, ...(old.id === now.id ? [] : [now]));
    if (old.id !== now.id) {
      for (const { c, status } of baseCase(area)) {
        objects.tests.push(testOf(origin, old.id, report.at, area.subsystem, c, status, report.at));
      }
    }
    add(suites[i] as Suite, now.id);
  });
  // What the gate itself says belongs to no area's build.
  const gate = `${origin}:${digest(head.id, "gate")}`;
  objects.builds.push({ id: gate, origin, checkout_id: head.id, comment: "gate" });
  add(suites.at(-1) as Suite, gate);
  return document(objects);
};

/** A check knows neither commit nor time: what it judged is named by the system and the seed. */
export const checkKcidb = (report: CheckReport, origin = KCIDB_ORIGIN): string => {
  const run = String(report.seed);
  const checkout = `${origin}:${digest(report.tool, report.system)}`;
  const objects: Objects = {
    checkouts: [{ id: checkout, origin, comment: plain(report.system) }],
    builds: [],
    tests: [],
  };
  for (const suite of checkResults(report).suites) {
    const build = `${origin}:${digest(checkout, suite.name, suite.level ?? "")}`;
    const comment = `${suite.name}${suite.level === undefined ? "" : ` ${suite.level}`}`;
    objects.builds.push({ id: build, origin, checkout_id: checkout, comment });
    for (const c of suite.cases) {
      objects.tests.push(testOf(origin, build, run, suite.name, c, STATUS[c.outcome], undefined));
    }
  }
  return document(objects);
};
