/** Runs tasks on worker threads. Results come in task order, whatever the number of workers. */
import { Worker } from "node:worker_threads";
import { performTask, type Task, type TaskResult } from "./tasks.js";

type Reply = { readonly index: number; readonly result?: TaskResult; readonly error?: string };

/**
 * @param next gives the next task, or undefined when there is no more work.
 * @param done is called in order of completion, for progress alone.
 */
export const runTasks = async (
  next: () => Task | undefined,
  jobs: number,
  done: (finished: number) => void = () => {},
): Promise<TaskResult[]> => {
  const results: TaskResult[] = [];
  let given = 0;
  let finished = 0;
  if (jobs <= 1) {
    for (let task = next(); task !== undefined; task = next()) {
      results[given++] = performTask(task);
      done(++finished);
      // Lets a progress bar draw and an interrupt arrive.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return results;
  }
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      let worker: Worker | undefined;
      try {
        for (let task = next(); task !== undefined; task = next()) {
          const index = given++;
          worker ??= new Worker(new URL("./worker.js", import.meta.url));
          results[index] = await ask(worker, task, index);
          done(++finished);
        }
      } finally {
        await worker?.terminate();
      }
    }),
  );
  return results;
};

const ask = (worker: Worker, task: Task, index: number): Promise<TaskResult> =>
  new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
    };
    const onMessage = (reply: Reply): void => {
      settle();
      if (reply.result !== undefined) resolve(reply.result);
      else reject(new Error(reply.error ?? "a worker failed"));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.postMessage({ index, task });
  });
