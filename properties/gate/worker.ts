/** The process that does one job; `work.ts` starts it and says what it is told. */
import { killAll, watchChildren } from "../sut/child.js";
import type { Job, JobResult } from "./job.js";
import { performJudge } from "./judge-job.js";
import { performReplay } from "./replay-job.js";
import type { FromWorker } from "./work.js";

const tell = (message: FromWorker, done: () => void = () => {}): void => {
  if (process.connected) process.send?.(message, undefined, undefined, done);
};

/** Nobody waits for an answer any more. */
const leave = (): void => {
  killAll();
  process.exit(1);
};

const perform = (job: Job): Promise<JobResult> => {
  const partial = (result: JobResult): void => tell({ kind: "partial", result });
  return job.kind === "judge"
    ? performJudge(job, () => performance.now(), partial)
    : performReplay(job, partial);
};

process.on("disconnect", leave);
// The parent decides when it ends; a terminal's interrupt reaches it and not this group.
process.on("SIGTERM", leave);
watchChildren((group, running) => tell({ kind: "system", group, running }));

process.once("message", (job: Job) => {
  perform(job).then(
    (result) => tell({ kind: "result", result }, () => process.exit(0)),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      tell({ kind: "failed", message }, () => process.exit(1));
    },
  );
});
