/** What comes from outside: recorded traces of Linux, and a system in a process of its own. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { conformFile } from "../conform/conform.js";
import { packageRoot } from "../root.js";
import { runExternal } from "../sut/campaign.js";
import { StdioSystem } from "../sut/stdio.js";
import { findSubsystem } from "../systems.js";
import { type Row, sample, short } from "./measure.js";

const rootOf = (path: string): string => {
  const full = join(packageRoot(), path);
  if (!existsSync(full)) throw new Error(`${path} is not there`);
  return full;
};

export const conformanceRows = async (): Promise<Row[]> => {
  const folder = rootOf("traces/linux-7.0");
  const files = readdirSync(folder).filter((name) => name.endsWith(".trace.gz"));
  if (files.length === 0) throw new Error(`no *.trace.gz in ${folder}`);
  const rows: Row[] = [];
  let [events, cpuSum] = [0, 0];
  for (const name of files) {
    let note = "";
    const body = async (): Promise<number> => {
      const result = await conformFile(`${folder}/${name}`);
      note = `${result.events} events, ${result.verdict}`;
      return result.events;
    };
    await body();
    const { done, cpu } = await sample(body, 0.6);
    events += done;
    cpuSum += cpu;
    rows.push({ figure: `conformance events/s, ${name}`, value: short(done / cpu), note });
  }
  rows.push({
    figure: "conformance events/s, all records",
    value: short(events / cpuSum),
    note: "unpacking the file included",
  });
  return rows;
};

/** Commands a second of wall time: the system's process works beside ours. */
export const stdioRows = async (): Promise<Row[]> => {
  const script = rootOf("properties/examples/systems/allocator.mjs");
  const subsystem = findSubsystem("irq/vector-matrix/allocator");
  const campaign = subsystem.campaigns.find(({ level }) => level === "linux");
  if (campaign === undefined) throw new Error("the allocator has no campaign at linux level");
  const rows: Row[] = [];
  for (const batch of [256, 1]) {
    const system = await StdioSystem.start(`"${process.execPath}" "${script}"`, subsystem);
    let first = 0;
    let finds = 0;
    let [commands, evaluations] = [0, 0];
    const body = async (): Promise<number> => {
      const result = await runExternal({
        system,
        subsystem,
        config: campaign.config,
        level: campaign.level,
        seed: 1,
        first,
        runs: 16,
        length: 1024,
        batch,
      });
      first += 16;
      finds += result.finds.length;
      commands += result.commands;
      evaluations += result.evaluations;
      return result.commands;
    };
    await sample(body, 0.5);
    const { done, wall, cpu } = await sample(body, 1.5);
    await system.close();
    rows.push({
      figure: `commands/s through stdio, batches of ${batch === 1 ? "one" : `up to ${batch}`}`,
      value: short(done / wall),
      note: `wall time; ${short(done / cpu)} a CPU second of ours, ${(evaluations / commands).toFixed(1)} clause evaluations each${finds === 0 ? "" : `, ${finds} FINDS`}`,
    });
  }
  return rows;
};
