/**
 * The library: what a kernel developer's own tests import. Importing it runs nothing.
 *
 * ```ts
 * await fc.assert(
 *   fc.asyncProperty(vectorTraces({ config }), (commands) =>
 *     assertConforms(allocator, config, "contract", system, commands),
 *   ),
 * );
 * ```
 */
import type fc from "fast-check";
import type { Level } from "../spec/core/clause.js";
import type * as msi from "../spec/irq/msi-message/vocabulary.js";
import type * as vectors from "../spec/irq/vector-matrix/allocator/vocabulary.js";
import type * as assigning from "../spec/irq/vector-matrix/assignment/vocabulary.js";
import { checkExternal } from "./check/external.js";
import type { CheckReport } from "./check/report.js";
import { decodeTrace, type LoadedTrace } from "./input/load.js";
import { msiMessage } from "./irq/msi-message/subsystem.js";
import { allocator } from "./irq/vector-matrix/allocator/subsystem.js";
import { assignment } from "./irq/vector-matrix/assignment/subsystem.js";
import type { Area, System } from "./library/system.js";
import { type TraceOptions, traces } from "./library/traces.js";

export { InputError } from "../spec/core/decode.js";
export { subsystems } from "./catalogue.js";
export type { CheckReport, ViolationReport } from "./check/report.js";
export { type LoadedTrace, loadTrace } from "./input/load.js";
export {
  assertConforms,
  assertHolds,
  ConformanceError,
  type Outcome,
  replay,
  run,
  type Violation,
} from "./library/conform.js";
export {
  type AnySystem,
  type Area,
  type Program,
  type SomeSystem,
  type System,
  startProgram,
} from "./library/system.js";
export { type TraceOptions, traces } from "./library/traces.js";
export { findSubsystem } from "./systems.js";
export type { Level };

// The subsystems by name, each with the types of its words.
export { allocator, assignment, msiMessage };
export type VectorConfig = vectors.Config;
export type VectorCommand = vectors.Command;
export type VectorResponse = vectors.Response;
export type AssignmentConfig = assigning.Config;
export type AssignmentCommand = assigning.Command;
export type AssignmentResponse = assigning.Response;
export type MessageConfig = msi.Config;
export type MessageCommand = msi.Command;
export type MessageResponse = msi.Response;

/** A vector allocator in this process. */
export type VectorSystem = System<VectorConfig, VectorCommand, VectorResponse>;
/** The assignment of vectors to interrupts in this process. */
export type AssignmentSystem = System<AssignmentConfig, AssignmentCommand, AssignmentResponse>;
/** MSI messages and interrupt remapping in this process. */
export type MessageSystem = System<MessageConfig, MessageCommand, MessageResponse>;

/** Command lists for a vector allocator (`irq/vector-matrix/allocator`). */
export const vectorTraces = (
  options?: TraceOptions<VectorConfig, VectorCommand["kind"]>,
): fc.Arbitrary<readonly VectorCommand[]> => traces(allocator, options);

/** Command lists for the assignment of vectors to interrupts (`irq/vector-matrix/assignment`). */
export const assignmentTraces = (
  options?: TraceOptions<AssignmentConfig, AssignmentCommand["kind"]>,
): fc.Arbitrary<readonly AssignmentCommand[]> => traces(assignment, options);

/** Command lists for MSI messages and interrupt remapping (`irq/msi-message`). */
export const messageTraces = (
  options?: TraceOptions<MessageConfig, MessageCommand["kind"]>,
): fc.Arbitrary<readonly MessageCommand[]> => traces(msiMessage, options);

/**
 * A trace out of a test's own text: the whole text of a trace file, or its lines as values, the
 * header first.
 */
export const parseTrace = (trace: string | readonly unknown[], name = "trace"): LoadedTrace =>
  decodeTrace(
    typeof trace === "string" ? trace : `${trace.map((line) => JSON.stringify(line)).join("\n")}\n`,
    name,
  );

/**
 * What `redbear-spec check AREA --system-cmd COMMAND` does: random campaigns on a program,
 * counterexamples shrunk and written to `traces`. The verdict is in the report.
 */
export const checkSystem = <Config, Command extends { kind: string }, Response>(
  area: Area<Config, Command, Response>,
  command: string,
  options: {
    readonly level?: Level;
    readonly config?: Config;
    /** Runs of each campaign. */
    readonly runs?: number;
    readonly seed?: number;
    /** Seconds the program may take to answer. */
    readonly timeout?: number;
    /** Folder for counterexamples; `.redbear-spec/traces` unless told. */
    readonly traces?: string;
  } = {},
): Promise<CheckReport> => {
  const { level, config, runs, seed, timeout, traces: folder } = options;
  return checkExternal(
    area,
    {
      seed: seed ?? 0x5eed1234,
      timeout: timeout ?? 10,
      traces: folder ?? ".redbear-spec/traces",
      ...(level === undefined ? {} : { level }),
      ...(config === undefined ? {} : { config: { name: "configuration", value: config } }),
      ...(runs === undefined ? {} : { runs }),
    },
    command,
  );
};
