/** What comes from outside: recorded traces of Linux, and a system in a process of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
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

/** A system to be measured: how it is called, and its command line. */
type Measured = { readonly name: string; readonly command: string };

/** The Rust example on the kit, built with whatever cargo there is. */
const rustExample = (): Measured | string => {
  const manifest = rootOf("properties/examples/systems/rust/Cargo.toml");
  const target = mkdtempSync(join(tmpdir(), "redbear-spec-bench-"));
  process.on("exit", () => rmSync(target, { recursive: true, force: true }));
  const args = ["build", "--release", "--offline", "--quiet", "--manifest-path", manifest];
  const build = spawnSync("cargo", [...args, "--target-dir", target], { encoding: "utf8" });
  if (build.error !== undefined) return "cargo was not found";
  if (build.status !== 0) return `cargo build failed: ${build.stderr.trim().split("\n")[0]}`;
  return { name: "Rust kit", command: `"${join(target, "release/vector-allocator")}"` };
};

/** Commands a second of wall time: the system's process works beside ours. */
export const stdioRows = async (): Promise<Row[]> => {
  const script = rootOf("properties/examples/systems/allocator.mjs");
  const rows: Row[] = [];
  const systems = [rustExample(), { name: "JS", command: `"${process.execPath}" "${script}"` }];
  for (const system of systems) {
    if (typeof system === "string") {
      rows.push({ figure: "commands/s through stdio, Rust kit", value: "-", note: system });
      continue;
    }
    for (const batch of [256, 1]) rows.push(await stdioRow(system, batch));
  }
  return rows;
};

const stdioRow = async ({ name, command }: Measured, batch: number): Promise<Row> => {
  const subsystem = findSubsystem("irq/vector-matrix/allocator");
  const campaign = subsystem.campaigns.find(({ level }) => level === "linux");
  if (campaign === undefined) throw new Error("the allocator has no campaign at linux level");
  const system = await StdioSystem.start(command, subsystem);
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
  const size = batch === 1 ? "batches of one" : `batches of up to ${batch}`;
  return {
    figure: `commands/s through stdio, ${name}, ${size}`,
    value: short(done / wall),
    note: `wall time; ${short(done / cpu)} a CPU second of ours, ${(evaluations / commands).toFixed(1)} clause evaluations each${finds === 0 ? "" : `, ${finds} FINDS`}`,
  };
};
