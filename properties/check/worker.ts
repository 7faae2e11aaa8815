import { parentPort } from "node:worker_threads";
import { performTask, type Task } from "./tasks.js";

parentPort?.on("message", ({ index, task }: { index: number; task: Task }) => {
  try {
    parentPort?.postMessage({ index, result: performTask(task) });
  } catch (error) {
    parentPort?.postMessage({
      index,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
