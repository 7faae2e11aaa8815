/** Waivers laid over what was found, and what is wrong with them. */
import { InputError } from "../../spec/core/decode.js";
import { blocker } from "./blockers.js";
import type { Change } from "./change.js";
import { below } from "./paths.js";
import { fileAt, listFiles, type Repo, readEntry } from "./repo.js";
import type { Blocker, Violation, WaiverReport } from "./report.js";
import {
  GATE_LOST_WAIVER,
  GATE_WAIVER_BROAD,
  GATE_WAIVER_EXPIRED,
  GATE_WAIVER_UNUSED,
} from "./rules.js";
import {
  broadBecause,
  judgeWaivers,
  matchesShape,
  readWaiver,
  type Waivable,
  type Waiver,
} from "./waivers.js";

/** The waivers of a commit. Throws InputError for one that cannot be read. */
export const readWaivers = (repo: Repo, commit: string, folder: string): Waiver[] =>
  listFiles(repo, commit, folder)
    .filter((entry) => entry.path.endsWith(".toml"))
    .map((entry) => readWaiver(readEntry(repo, entry), entry.path));

/** Waivers that the change deletes. One that could not be read at base waived nothing. */
export const deletedWaivers = (repo: Repo, change: Change): Waiver[] => {
  const folder = change.baseConfig?.gate.waivers;
  if (folder === undefined) return [];
  return change.files.flatMap((file) => {
    const was = file.status === "renamed" ? file.from : file.path;
    const kept = file.status === "renamed" && below(change.config.gate.waivers, file.path);
    if (was === undefined || !below(folder, was) || !was.endsWith(".toml") || kept) return [];
    if (file.status !== "deleted" && file.status !== "renamed") return [];
    const text = fileAt(repo, change.base.commit, was);
    if (text === undefined) return [];
    try {
      return [readWaiver(text, was)];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
};

export type Waived = {
  readonly violations: readonly Violation[];
  readonly reports: readonly WaiverReport[];
  readonly blockers: readonly Blocker[];
};

const waivable = (v: Violation): boolean => v.change === "new" || v.change === "known";

/** What stands against one waiver. */
const faultOf = (waiver: WaiverReport, today: string, shapes: number): Blocker | undefined => {
  const where = { area: waiver.area, clause: waiver.clause, file: waiver.file };
  switch (waiver.state) {
    case "expired":
      return blocker(GATE_WAIVER_EXPIRED, `expired on ${waiver.expires}`, where);
    case "unused":
      return blocker(GATE_WAIVER_UNUSED, `${waiver.clause} does not break in this shape`, where);
    case "over-broad":
      return blocker(
        GATE_WAIVER_BROAD,
        broadBecause(waiver, today, shapes) ?? "it takes in too much",
        where,
      );
    default:
      return undefined;
  }
};

export const applyWaivers = (
  waivers: readonly Waiver[],
  deleted: readonly Waiver[],
  found: readonly Violation[],
  options: {
    readonly judgedAreas: ReadonlySet<string>;
    readonly configured: ReadonlySet<string>;
    readonly today: string;
  },
): Waived => {
  const open = found.filter(waivable);
  const of = (v: Violation): Waivable => ({
    area: v.subsystem,
    clause: v.clause,
    shape: v.shape,
  });
  const { reports, covers } = judgeWaivers(waivers, open.map(of), options);
  const violations = found.map((v): Violation => {
    const waiver = covers[open.indexOf(v)];
    return waiver === undefined ? v : { ...v, change: "waived", waiver: waiver.file };
  });
  const fits = (waiver: Pick<Waiver, "area" | "clause" | "shape">, v: Violation): boolean =>
    v.subsystem === waiver.area &&
    v.clause === waiver.clause &&
    matchesShape(waiver.shape, v.shape);
  const shapes = (waiver: WaiverReport): number =>
    new Set(open.filter((v) => fits(waiver, v)).map((v) => JSON.stringify(v.shape))).size;
  const blockers = reports.flatMap((report) => {
    const fault = faultOf(report, options.today, shapes(report));
    return fault === undefined ? [] : [fault];
  });
  for (const waiver of deleted) {
    // Another waiver may have taken its place.
    const still = violations.find((v) => waivable(v) && fits(waiver, v));
    if (still === undefined) continue;
    const text = `is deleted, but ${waiver.clause} still breaks: ${still.trace}`;
    const where = { area: waiver.area, clause: waiver.clause, file: waiver.file };
    blockers.push(blocker(GATE_LOST_WAIVER, text, where));
  }
  return { violations, reports, blockers };
};
