/** `node dist/properties/examples/kernel/main.js DIR [--hostile]` makes the example in a folder. */
import { InputError } from "../../../spec/core/decode.js";
import { TODAY, table } from "./cases.js";
import { makeKernel } from "./make.js";

// A reader that closes its end early (`| head`) is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const args = process.argv.slice(2);
const folder = args.find((arg) => !arg.startsWith("-"));

if (args.includes("--table")) {
  process.stdout.write(`${table()}\n`);
} else if (folder === undefined) {
  process.stderr.write("usage: main.js DIR [--hostile] | --table\n");
  process.exitCode = 2;
} else {
  try {
    const { repository, cases } = makeKernel(folder, { hostile: args.includes("--hostile") });
    const gate = `redbear-spec gate --repo ${repository} --today ${TODAY}`;
    for (const { name, base, head, exit, patches } of cases) {
      process.stdout.write(`${name}: exit ${exit}\n  ${gate} --range ${base}..${head}\n`);
      if (patches.length > 0) process.stdout.write(`  ${patches.length} patches\n`);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
