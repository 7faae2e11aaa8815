/** `redbear-spec gate`: signals, outputs and the forge around `gate/gate.ts`. */

import { setMaxListeners } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Level } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { exitCode } from "../../spec/core/verdict.js";
import { gate as runGate } from "../gate/gate.js";
import type { GateReport } from "../gate/report.js";
import { checkToday } from "../gate/waivers.js";
import { plain } from "../report/escape.js";
import { gateText } from "../report/gate-text.js";
import { killAll } from "../sut/child.js";
import { DEFAULT_SEED, wantsColour, writeOutput } from "./common.js";
import { ForgeLink } from "./forge.js";
import { type Formats, formatsOf } from "./formats.js";
import { startSteps } from "./progress.js";

export type GateArguments = Formats & {
  readonly repo: string;
  readonly range?: string;
  readonly patch?: readonly string[];
  readonly base?: string;
  readonly config?: string;
  readonly nightly?: boolean;
  readonly budget?: number;
  readonly runs?: number;
  readonly seed?: number;
  readonly level?: Level;
  readonly cache?: string;
  readonly traces: string;
  readonly today?: string;
  readonly forge: string;
  readonly quiet?: boolean;
  readonly color: boolean;
};

export const DEFAULT_BUDGET_MS = 60_000;
export const NIGHTLY_BUDGET_MS = 30 * 60_000;

/** Aborts at the first signal; the second ends everything at once. */
const interruptible = (): { readonly signal: AbortSignal; readonly done: () => void } => {
  const controller = new AbortController();
  // Every build, job and child listens.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    if (controller.signal.aborted) {
      killAll();
      process.exit(exitCode("inconclusive"));
    }
    process.stderr.write("redbear-spec: interrupted; saying what is known so far\n");
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, stop);
  return {
    signal: controller.signal,
    done: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
};

export const gate = async (options: GateArguments): Promise<void> => {
  // Everything that can be wrong with the call is said before anything is built.
  const now = new Date().toISOString();
  const today = options.today === undefined ? now.slice(0, 10) : checkToday(options.today);
  const formats = formatsOf(options);
  for (const { file } of formats) prepare(file);
  const forge = await ForgeLink.open(options.forge);
  await forge.begin();
  const interrupt = interruptible();
  const steps = startSteps("gate", options);
  let report: GateReport;
  try {
    report = await runGate({
      repo: options.repo,
      ...(options.range === undefined ? {} : { range: options.range }),
      patches: options.patch ?? [],
      ...(options.base === undefined ? {} : { base: options.base }),
      ...(options.config === undefined ? {} : { config: options.config }),
      nightly: options.nightly === true,
      budgetMs:
        options.budget ?? (options.nightly === true ? NIGHTLY_BUDGET_MS : DEFAULT_BUDGET_MS),
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      defaultSeed: DEFAULT_SEED,
      ...(options.level === undefined ? {} : { level: options.level }),
      ...(options.cache === undefined ? {} : { cache: options.cache }),
      traces: options.traces,
      today,
      at: `${now.slice(0, 19)}Z`,
      signal: interrupt.signal,
      clock: () => performance.now(),
      progress: steps.update,
    });
  } catch (error) {
    steps.stop();
    if (error instanceof InputError) await forge.fail(error.message);
    throw error;
  } finally {
    interrupt.done();
  }
  steps.stop();
  const written: string[] = [];
  let unwritten: InputError | undefined;
  for (const { file, name, text } of formats) {
    try {
      const content = await text(report);
      if (file === "-") process.stdout.write(content);
      else writeOutput(file, content);
      if (file !== "-") written.push(`${name} ${file}`);
    } catch (error) {
      // The verdict is said all the same; the status says that something is missing.
      if (!(error instanceof InputError)) throw error;
      unwritten ??= error;
    }
  }
  const published = await forge.publish(report);
  if (!formats.some(({ file }) => file === "-")) {
    process.stdout.write(
      gateText(report, { colour: wantsColour(options), quiet: options.quiet === true, written }),
    );
  }
  for (const line of published.lines) process.stderr.write(`redbear-spec: ${plain(line)}\n`);
  process.exitCode = exitCode(report.verdict);
  if (report.verdict === "holds" && published.blocks) process.exitCode = 2;
  if (unwritten !== undefined) throw unwritten;
};

/** A folder that is missing is made: the first run of a CI job has none. */
const prepare = (file: string): void => {
  if (file === "-") return;
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch {
    throw new InputError({ file }, "cannot be written");
  }
};
