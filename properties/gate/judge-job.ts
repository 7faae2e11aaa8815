/** Judges one build of one system: regressions, exhaustive tour, random campaigns, records. */
import { InputError } from "../../spec/core/decode.js";
import { StdioSystem } from "../sut/stdio.js";
import { findSubsystem } from "../systems.js";
import { type JudgeJob, type JudgeResult, unjudged } from "./job.js";
import { type Clock, Judging } from "./judging.js";
import { type Campaign, campaignsOf, exhaustive, random, recorded, regressions } from "./stages.js";

/** Part of the time for searching; the rest is for shrinking and running again. */
const SEARCHING = 0.8;
/** Part of the whole time that shrinking one find may take. */
const SHRINKING = 0.1;
/** Parts of what the regressions leave; what a stage leaves passes on to the next. */
const SHARES = { exhaustive: 0.25, random: 0.65, recorded: 0.1 } as const;

const perform = async (
  j: Judging,
  campaigns: readonly Campaign[],
  start: number,
  progress: (so: JudgeResult) => void,
): Promise<JudgeResult> => {
  const { clock, finds } = j;
  const { budgetMs } = j.job;
  const end = start + budgetMs;
  const searching = start + budgetMs * SEARCHING;
  const share = (part: number): number => clock() + (searching - clock()) * part;
  const shrinking = (): (() => boolean) => {
    const until = Math.min(clock() + budgetMs * SHRINKING, end);
    return () => clock() > until;
  };
  const stages = [
    () => regressions(j, searching),
    () => exhaustive(j, share(SHARES.exhaustive)),
    () => random(j, campaigns, share(SHARES.random / (SHARES.random + SHARES.recorded))),
    () => recorded(j, searching),
  ];
  for (const stage of stages) {
    await stage();
    await finds.settleNew(shrinking);
    progress(j.result("interrupted"));
  }
  await finds.settleRest(() => clock() > end);
  const { refusal } = j;
  return refusal === undefined ? j.result("judged") : j.result("could not start", refusal);
};

/** `progress` is told after every stage what is known by then. */
export const performJudge = async (
  job: JudgeJob,
  clock: Clock,
  progress: (so: JudgeResult) => void = () => {},
): Promise<JudgeResult> => {
  const start = clock();
  let system: StdioSystem;
  let judging: Judging;
  let campaigns: readonly Campaign[];
  try {
    system = await StdioSystem.start(job.run, findSubsystem(job.subsystem), {
      timeoutMs: job.timeout * 1000,
      place: { cwd: job.cwd, env: job.env },
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return unjudged("could not start", error.message);
  }
  try {
    judging = new Judging(job, system, clock);
    campaigns = campaignsOf(system.subsystem, job);
  } catch (error) {
    await system.close();
    if (!(error instanceof InputError)) throw error;
    return unjudged("could not start", error.message);
  }
  try {
    return await perform(judging, campaigns, start, progress);
  } catch (error) {
    // It started before, and does not any more: what is known by then still stands.
    if (!(error instanceof InputError)) throw error;
    return judging.result("interrupted", error.message);
  } finally {
    await system.close();
  }
};
