#!/usr/bin/env node
/**
 * QEMU as a system under test of `hardware/machine`, on standard input and output. Ends with status
 * 2 and one line where there is no QEMU that fits.
 */
import { NoQemu, type Probed, probeQemu } from "./probe.js";
import { WitnessServer } from "./server.js";

const probe = (): Probed => {
  try {
    return probeQemu();
  } catch (error) {
    if (!(error instanceof NoQemu)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
};

const server = new WitnessServer(probe());
const leave = (): never => {
  server.stop();
  process.exit();
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, leave);

/** Lines in hand are answered one after the other; answers of one piece of input go out together. */
let work: Promise<void> = Promise.resolve();
let partial = "";

const answerAll = async (lines: readonly string[]): Promise<void> => {
  let output = "";
  for (const line of lines) {
    const answer = await server.answer(JSON.parse(line));
    if (answer !== undefined) output += `${JSON.stringify(answer)}\n`;
  }
  process.stdout.write(output);
};

process.stdin.setEncoding("utf8").on("data", (text: string) => {
  const lines = (partial + text).split("\n");
  partial = lines.pop() ?? "";
  work = work.then(() => answerAll(lines));
});
process.stdin.on("end", () => {
  work.then(leave, leave);
});
