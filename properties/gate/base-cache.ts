/**
 * What the base came to, kept beside its tree: most changes are judged more than once against the
 * same base. Only a judgement that ran to its own end is kept: it does not depend on the time.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isLeft } from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { TOOL } from "../version.js";
import type { JudgeJob, JudgeResult } from "./job.js";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The result is our own word, so its seal is looked at and not its every field. */
const Kept = t.type({
  seal: t.string,
  result: t.string,
  /** Text of each counterexample, by its path below the job's folder of traces. */
  traces: t.record(t.string, t.string),
});

const sealOf = (result: string, traces: Readonly<Record<string, string>>): string =>
  sha(JSON.stringify([result, traces]));

/** Everything that decides a judgement, but for the time and for where files lie. */
const keyOf = (job: JudgeJob): string =>
  sha(
    JSON.stringify([
      TOOL,
      job.subsystem,
      job.level,
      job.run,
      job.env,
      job.timeout,
      job.seed,
      job.runs,
      job.configs,
      job.stages,
      job.regressions.map((trace) => [trace.name, readFileSync(trace.file, "utf8")]),
    ]),
  );

const fileOf = (folder: string, job: JudgeJob): string =>
  join(folder, "judged", `${keyOf(job)}.json`);

/** Names the traces of a result by where they lie now. */
const moved = (result: JudgeResult, from: string, to: string): JudgeResult => ({
  ...result,
  violations: result.violations.map((v) => ({
    ...v,
    trace: v.trace.replace(from, () => to),
    replay: v.replay.replace(from, () => to),
  })),
});

/** @param folder what is kept of the tree (`Tree.folder`). Undefined: nothing that can be used. */
export const recallJudgement = (folder: string, job: JudgeJob): JudgeResult | undefined => {
  try {
    const kept = Kept.decode(JSON.parse(readFileSync(fileOf(folder, job), "utf8")));
    if (isLeft(kept)) return undefined;
    const { seal, result, traces } = kept.right;
    if (seal !== sealOf(result, traces)) return undefined;
    for (const [name, text] of Object.entries(traces)) {
      const file = join(job.traces, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return moved(JSON.parse(result) as JudgeResult, PLACE, job.traces);
  } catch {
    // Nothing kept, or nothing readable: then it is judged.
    return undefined;
  }
};

/** Stands for the job's folder of traces in what is kept. */
const PLACE = "{traces}";

export const keepJudgement = (folder: string, job: JudgeJob, result: JudgeResult): void => {
  const whole = result.state === "judged" && result.stages.every((stage) => stage.complete);
  if (!whole || result.unstable.length > 0) return;
  const file = fileOf(folder, job);
  try {
    const traces = Object.fromEntries(
      result.violations.map((v) => [relative(job.traces, v.trace), readFileSync(v.trace, "utf8")]),
    );
    const text = JSON.stringify(moved(result, job.traces, PLACE));
    mkdirSync(dirname(file), { recursive: true });
    const part = `${file}.${process.pid}`;
    writeFileSync(part, JSON.stringify({ seal: sealOf(text, traces), result: text, traces }));
    renameSync(part, file);
  } catch {
    // A cache that cannot be written costs time, never the verdict.
  }
};
