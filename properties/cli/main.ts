#!/usr/bin/env node
/** The command line. Each verb has its own file and loads what it needs when it is called. */
import { Command, CommanderError } from "commander";
import { InputError } from "../../spec/core/decode.js";
import { TOOL } from "../version.js";
import {
  DEFAULT_SEED,
  DEFAULT_TRACES,
  defaultJobs,
  durationOption,
  jobsOption,
  levelOption,
  runsOption,
  seedOption,
  timeoutOption,
  withCommon,
  withReportFiles,
} from "./common.js";

const program = new Command("redbear-spec")
  .description("Executable references of kernel subsystems, judged by clauses and by Linux 7.0.")
  .version(TOOL)
  .exitOverride()
  .showSuggestionAfterError()
  .addHelpText(
    "after",
    "\nexit: 0 holds, 1 violated, 2 could not run, 3 inconclusive or not proven",
  );

program
  .command("areas")
  .description("list the subsystems")
  .action(async () => (await import("./explain.js")).areas());

program
  .command("explain")
  .argument("<clause|area>", "a clause id such as VEC-MATRIX-8, or a path such as irq")
  .description("print a clause, or the clauses, commands and seeded faults of a subsystem")
  .action(async (what: string) => (await import("./explain.js")).explain(what));

withReportFiles(
  withCommon(
    program
      .command("check")
      .argument("[area...]", "subsystems, by path or prefix; all unless told")
      .description("judge the references, a seeded fault, or a system of your own")
      .option("--system <name>", "reference, fault:NAME, or qtest (QEMU)", "reference")
      .option("--system-cmd <cmd>", "a program that speaks the protocol on its standard streams")
      .option(
        "--timeout <s>",
        "seconds that a system may take to answer a batch",
        timeoutOption,
        10,
      )
      .option("--level <level>", "contract or linux; both unless told", levelOption)
      .option("--seed <n>", "decimal or 0x…", seedOption, DEFAULT_SEED)
      .option("--runs <n>", "runs of every campaign", runsOption)
      .option("--for <time>", "go on with further runs, e.g. 30s", durationOption)
      .option("--subset <name>", "draw only a named subset of the commands")
      .option("--config <file>", "a configuration (JSON) for --system-cmd instead of the default")
      .option("--jobs <n>", "workers; results do not depend on it", jobsOption, defaultJobs())
      .option("--traces <dir>", "where counterexamples are written", DEFAULT_TRACES)
      .option("--no-records", "leave the recorded Linux traces out")
      .option("--verbose", "print every clause and state with its count"),
  ),
).action(async (areas: string[], options) => (await import("./check.js")).check(areas, options));

withCommon(
  program
    .command("conform")
    .argument("<record...>", "ftrace text, plain or gzip, with its .json beside it")
    .description("judge recorded Linux traces against the models"),
).action(async (files: string[], options) =>
  (await import("./conform.js")).conform(files, options),
);

withCommon(
  program
    .command("replay")
    .argument("<trace>", "a trace of this tool (.jsonl)")
    .description("run a trace again; without a system its recorded answers are judged")
    .option("--system <name>", "reference, fault:NAME, or qtest (QEMU)")
    .option("--system-cmd <cmd>", "a program that speaks the protocol")
    .option("--timeout <s>", "seconds that a system may take to answer", timeoutOption, 10)
    .option("--level <level>", "contract or linux; the trace's own unless told", levelOption)
    .option("--traces <dir>", "where the trace is written again", DEFAULT_TRACES),
).action(async (file: string, options) => (await import("./replay.js")).replay(file, options));

withCommon(
  program
    .command("shrink")
    .argument("<trace>", "a trace of this tool (.jsonl) that breaks a clause")
    .description("find a minimal trace that breaks the same clause")
    .option("--system <name>", "fault:NAME or qtest; the trace's own unless told")
    .option("--system-cmd <cmd>", "a program that speaks the protocol")
    .option("--timeout <s>", "seconds that a system may take to answer", timeoutOption, 10)
    .option("--traces <dir>", "where the shrunk trace is written", DEFAULT_TRACES),
).action(async (file: string, options) => (await import("./replay.js")).shrink(file, options));

program
  .command("export")
  .argument("<trace>", "a trace of this tool (.jsonl)")
  .description("write a trace in another format")
  .requiredOption("--to <format>", "itf, markdown, rust or vitest")
  .option("--harness <path>", "for rust: the type that is tested; crate::Harness unless told")
  .option("--system-cmd <cmd>", "for vitest: the program to judge unless the environment names one")
  .option("-o, --output <file>", "standard output unless told")
  .action(async (file: string, options) =>
    (await import("./export.js")).exportTrace(file, options),
  );

program
  .command("init")
  .argument("[area...]", "subsystems, by path or prefix; all unless told")
  .description("write into a kernel repository what it needs to be judged")
  .option("--repo <dir>", "the kernel's repository", ".")
  .option("--ci <forge>", "gitea, github, gitlab or none; the one in use unless told")
  .option("--force", "overwrite files")
  .action(async (areas: string[], options) => (await import("./init.js")).init(areas, options));

program
  .command("gate")
  .description("judge a kernel change: what it breaks that its base keeps")
  .option("--repo <dir>", "the kernel's git repository", ".")
  .option("--range <a..b>", "base and head of the change, or A...B from where they parted")
  .option("--patch <file...>", "patches instead: mails, series, diffs, applied in order")
  .option("--base <rev>", "what the patches apply to; HEAD unless told")
  .option("--config <file>", "the configuration's place in the repository")
  .option("--nightly", "half an hour instead of a minute")
  .option("--budget <time>", "time for everything, e.g. 60s, 10m", durationOption)
  .option("--runs <n>", "most runs of a campaign", runsOption)
  .option("--seed <n>", "decimal or 0x…; the configuration's unless told", seedOption)
  .option("--level <level>", "contract or linux instead of each area's own", levelOption)
  .option("--cache <dir>", "where trees and builds are kept; $REDBEAR_SPEC_CACHE unless told")
  .option("--traces <dir>", "where counterexamples are written", DEFAULT_TRACES)
  .option("--today <day>", "the day that waivers are held against, e.g. 2027-01-31")
  .option("--forge <name>", "auto, gitea, github, gitlab or none: status and comment", "none")
  .option("--json <file>", "the report as data; - is standard output, here and below")
  .option("--html <file>", "the report as a page")
  .option("--markdown <file>", "the evidence table")
  .option("--comment <file>", "the review comment")
  .option("--junit <file>", "JUnit XML")
  .option("--sarif <file>", "SARIF 2.1.0")
  .option("--ktap <file>", "KTAP")
  .option("--kcidb <file>", "KCIDB v5.3")
  .option("--quiet", "print nothing but what blocks and the verdict")
  .option("--no-color", "plain text, also on a terminal")
  .action(async (options) => (await import("./gate.js")).gate(options));

program
  .command("report")
  .argument("<run>", "what `gate --json` wrote")
  .description("a gate's run as one page that needs no network")
  .option("-o, --output <file>", "the page; - is standard output", "report.html")
  .option("--history <dir>", "a folder of such runs, drawn over time")
  .action(async (file: string, options) => (await import("./report.js")).report(file, options));

withCommon(
  program
    .command("faults")
    .argument("[area...]", "subsystems, by path or prefix; all unless told")
    .description("show that every judged clause catches the fault seeded for it")
    .option("--seed <n>", "decimal or 0x…", seedOption, DEFAULT_SEED)
    .option("--jobs <n>", "workers", jobsOption, defaultJobs()),
).action(async (areas: string[], options) => (await import("./faults.js")).faults(areas, options));

const run = async (): Promise<void> => {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no errors; commander has printed the message of the others.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    const prefix = error instanceof InputError ? "" : "internal error: ";
    // Names in it may be a stranger's: one line, and no command to the CI that shows it.
    const { commandLineSafe, plain } = await import("../report/escape.js");
    process.stderr.write(commandLineSafe(`redbear-spec: ${prefix}${plain(message)}\n`));
    if (process.env.REDBEAR_SPEC_DEBUG !== undefined) console.error(error);
    process.exitCode = 2;
  }
};

// A reader that closes its end early (`| head`) is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
});

await run();
