import { type FaultsReport, tryFaults } from "../check/faults.js";
import { table } from "../report/table.js";
import { seedText } from "../report/text.js";
import { selectSubsystems } from "../systems.js";
import { type Common, leave, writeJson } from "./common.js";
import { startProgress } from "./progress.js";

type Options = Common & { readonly seed: number };

export const faults = async (areas: string[], options: Options): Promise<void> => {
  const bar = startProgress("faults", options);
  const report = await tryFaults(selectSubsystems(areas), options.seed, bar.update);
  bar.stop();
  if (options.quiet !== true) process.stdout.write(faultsText(report));
  if (options.json !== undefined) writeJson(options.json, report);
  const good = report.missing.length === 0 && report.faults.every((fault) => fault.caught);
  leave(good ? "holds" : "not proven");
};

export const faultsText = (report: FaultsReport): string => {
  const rows = report.faults.map((fault) => [
    fault.clause,
    fault.level,
    fault.fault,
    fault.caught ? "caught" : "MISSED",
    fault.length === undefined ? "never reached" : `${fault.found} -> ${fault.length}`,
    (fault.first ?? []).filter((id) => id !== fault.clause).join(" "),
  ]);
  const head = ["clause", "level", "seeded fault", "", "shrunk", "first seen by, all judged"];
  const caught = report.faults.filter((fault) => fault.caught).length;
  const lines = [
    table(head, rows),
    "",
    `${caught} of ${report.faults.length} seeded faults caught by their clause, ` +
      `seed ${seedText(report.seed)}`,
  ];
  if (report.missing.length > 0) lines.push(`clauses without a fault: ${report.missing.join(" ")}`);
  return `${lines.join("\n")}\n`;
};
