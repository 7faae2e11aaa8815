import { readdirSync } from "node:fs";
import { join } from "node:path";
import { conformFile } from "../conform/conform.js";
import type { ConformResult } from "../conform/result.js";
import { conformText } from "../conform/text.js";
import { packageRoot } from "../root.js";
import type { AnySubsystem } from "../subsystem.js";
import type { RecordReport } from "./report.js";

const RECORDS = join("traces", "linux-7.0");

/** Paths of the committed recordings, in order. */
export const committedRecords = (): string[] =>
  readdirSync(join(packageRoot(), RECORDS))
    .filter((name) => name.endsWith(".trace.gz"))
    .sort()
    .map((name) => join(RECORDS, name));

export const recordReport = (result: ConformResult): RecordReport => {
  const sum = (pick: (kind: ConformResult["kinds"][number]) => number): number =>
    result.kinds.reduce((total, kind) => total + pick(kind), 0);
  return {
    file: result.file,
    verdict: result.verdict,
    events: result.events,
    linux: sum((kind) => kind.linux),
    contract: sum((kind) => kind.contract),
    informational: sum((kind) => kind.informational),
    ...(result.verdict === "holds" ? {} : { explanation: conformText(result) }),
  };
};

/** The committed recordings of Linux 7.0.13, judged against the models they are about. */
export const judgeRecords = async (
  subsystems: readonly AnySubsystem[],
): Promise<RecordReport[]> => {
  // All recordings so far are of interrupts.
  if (!subsystems.some((subsystem) => subsystem.path.startsWith("irq/"))) return [];
  const reports: RecordReport[] = [];
  for (const shownAs of committedRecords()) {
    reports.push(recordReport(await conformFile(join(packageRoot(), shownAs), { shownAs })));
  }
  return reports;
};
