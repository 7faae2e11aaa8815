/**
 * Judges a recorded trace of interrupts: vector matrix, vector layer, messages. One pass, memory
 * independent of the record's length.
 */
import { InputError } from "../../spec/core/decode.js";
import { type Verdict, worst } from "../../spec/core/verdict.js";
import {
  FtraceReader,
  type FtraceSink,
  type FtraceTotals,
  mustExist,
  readFtrace,
} from "../../traces/format/ftrace.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { irqEvents } from "../../traces/format/irq-events.js";
import { readSidecar, type Sidecar, sidecarPath } from "../../traces/format/sidecar.js";
import { clauseIds } from "./clause-ids.js";
import { notRecorded } from "./coverage.js";
import { MASK_CPUS } from "./cpu-mask.js";
import { judgeFinalOwners } from "./final-owners.js";
import { firstOfBoot } from "./flow-boot.js";
import { Follower } from "./follower.js";
import type { Observer } from "./observer.js";
import type { ConformOptions, ConformResult, Span } from "./result.js";
import { type ContextLine, Refusal, type Violation } from "./violation.js";
import type { World } from "./world.js";

/** Events shown before the refused one. */
const CONTEXT_LINES = 8;

class Run {
  readonly #file: string;
  readonly #sidecarFile: string;
  readonly #sidecar: Sidecar;
  readonly #follower: Follower;
  readonly #seen = new Int32Array(irqEvents.length);
  readonly #notJudged = new Int32Array(irqEvents.length);
  readonly #ring: ContextLine[] = [];
  readonly #spans: Span[] = [];
  readonly #notRecorded: readonly string[];
  #at = 0;
  #events = 0;
  #firstLine = 0;
  #lastLine = 0;
  /** Why the rest of the record cannot be judged. */
  #loss: string | undefined;
  #declaredLoss = false;
  #violation: Violation | undefined;

  constructor(file: string, sidecar: Sidecar, sidecarFile: string) {
    this.#file = file;
    this.#sidecarFile = sidecarFile;
    this.#sidecar = sidecar;
    this.#follower = new Follower(file, sidecar);
    this.#notRecorded = notRecorded(sidecar);
    const { per_cpu_overrun_and_commit_overrun: perCpu, dropped } = sidecar.lost;
    const lost = perCpu.reduce((sum: number, [over, commit]) => sum + over + commit, dropped);
    if (lost > 0) this.#lose(`the sidecar says that ${lost} events were lost`, 0, true);
    if (perCpu.length > MASK_CPUS) {
      this.#lose(`the probes record ${MASK_CPUS} CPUs, the machine has ${perCpu.length}`, 0, false);
    }
  }

  get world(): World {
    return this.#follower.world;
  }

  header(entriesInBuffer: number, entriesWritten: number, online: number): void {
    const { length } = this.#sidecar.lost.per_cpu_overrun_and_commit_overrun;
    if (online > length || online === 0) {
      throw new InputError(
        { file: this.#file },
        `the header says #P:${online}, the sidecar has buffers of ${length} CPUs`,
      );
    }
    if (entriesInBuffer < entriesWritten) {
      const missing = entriesWritten - entriesInBuffer;
      this.#lose(`${missing} events were overwritten before the first line`, 0, true);
    }
  }

  lost(cpu: number, count: number, line: number): void {
    const what = count === 0 ? "events" : `${count} events`;
    this.#lose(`CPU ${cpu} lost ${what} at line ${line}`, line, true);
  }

  /** From here on the model's state is unknown: nothing is judged and nothing is passed. */
  #lose(reason: string, line: number, declared: boolean): void {
    if (declared) this.#declaredLoss = true;
    if (this.#loss !== undefined) return;
    this.#loss = reason;
    if (this.#lastLine > 0) {
      this.#spans.push({ fromLine: this.#firstLine, toLine: this.#lastLine, verdict: "holds" });
    }
    this.#firstLine = line;
  }

  /** Returns false at the first violation. */
  event(event: TraceEvent): boolean {
    const { id } = event.kind;
    this.#seen[id] = (this.#seen[id] as number) + 1;
    this.#events++;
    if (this.#firstLine === 0) this.#firstLine = event.line;
    if (this.#events === 1 && !event.isCounter && this.#follower.world.cpuCount > 1) {
      this.#lose(
        "the trace clock does not order events over CPUs (use trace_clock=counter)",
        0,
        false,
      );
      this.#firstLine = event.line;
    }
    if (this.#events === 1 && event.kind !== firstOfBoot && this.#loss === undefined) {
      this.#lose("the record does not begin with the boot (irq_matrix_assign_system)", 0, false);
      this.#firstLine = event.line;
    }
    const gap = this.#loss === undefined ? this.#follower.gapBefore(event) : 0;
    this.#follower.order(event);
    if (gap > 0)
      this.#lose(`the clock jumps over ${gap} values at line ${event.line}`, event.line, false);
    if (this.#loss !== undefined) {
      this.#notJudged[id] = (this.#notJudged[id] as number) + 1;
      this.#lastLine = event.line;
      return true;
    }
    try {
      this.#follower.event(event);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const unseen = this.#unseen(event);
      if (unseen !== undefined) {
        this.#lose(unseen, event.line, false);
        this.#notJudged[id] = (this.#notJudged[id] as number) + 1;
        return true;
      }
      this.#violation = { ...error.violation, file: this.#file, context: this.#context() };
      return false;
    }
    this.#lastLine = event.line;
    this.#follower.world.lastLine = event.line;
    this.#ring[this.#at++ % CONTEXT_LINES] = { line: event.line, text: event.text };
    return true;
  }

  /** Why a difference may come of what the record was not told to hold. */
  #unseen(event: TraceEvent): string | undefined {
    if (this.#follower.world.offlineUnseen(event)) {
      return `a CPU went offline unseen before line ${event.line}`;
    }
    if (this.#notRecorded.length === 0) return undefined;
    return `line ${event.line} depends on what was not recorded: ${this.#notRecorded.join(", ")}`;
  }

  #context(): readonly ContextLine[] {
    const from = Math.max(0, this.#at - CONTEXT_LINES);
    const lines: ContextLine[] = [];
    for (let i = from; i < this.#at; i++) {
      const { line, text } = this.#ring[i % CONTEXT_LINES] as ContextLine;
      lines.push({ line, text: text.trim() });
    }
    return lines;
  }

  /** What header, sidecar and lines say of each other. A declared loss explains any difference. */
  contradictions(totals: FtraceTotals): void {
    if (this.#declaredLoss) return;
    const fail = (problem: string): never => {
      throw new InputError({ file: this.#file }, problem);
    };
    if (totals.events !== totals.entriesInBuffer) {
      fail(`the header says ${totals.entriesInBuffer} events, ${totals.events} were found`);
    }
    const counts = this.#sidecar.event_counts;
    for (const kind of irqEvents) {
      const [told, seen] = [counts[kind.name] ?? 0, this.#seen[kind.id] as number];
      if (told !== seen) fail(`the sidecar counts ${told} ${kind.name}, ${seen} were found`);
    }
    for (const [name, told] of Object.entries(counts)) {
      if (told > 0 && !irqEvents.some((kind) => kind.name === name)) {
        fail(`the sidecar counts ${told} ${name}, 0 were found`);
      }
    }
    const bytes = this.#sidecar.trace_bytes;
    if (bytes !== undefined && bytes !== totals.bytes) {
      fail(`the sidecar says ${bytes} bytes of text, ${totals.bytes} were found`);
    }
  }

  /** What the machine showed after the record, where the model's state is known to the end. */
  finalOwners(): void {
    if (this.#loss !== undefined || this.#violation !== undefined || this.#events === 0) return;
    if (this.#notRecorded.length > 0 || this.#follower.unfinished().length > 0) return;
    try {
      judgeFinalOwners(this.#follower.world, this.#sidecarFile);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#violation = { ...error.violation, file: this.#file, context: [] };
    }
  }

  result(shownAs: string, totals: FtraceTotals | undefined): ConformResult {
    const violation = this.#violation;
    const whole = this.#loss === undefined && violation === undefined;
    const unfinished = whole ? this.#follower.unfinished() : [];
    const spans = [...this.#spans];
    const span = { fromLine: this.#firstLine, toLine: violation?.line ?? this.#lastLine };
    if (violation !== undefined) {
      spans.push({ ...span, verdict: "violated", reason: violation.clause });
    } else if (this.#loss !== undefined) {
      spans.push({ ...span, verdict: "inconclusive", reason: this.#loss });
    } else if (this.#events > 0) {
      spans.push({ ...span, verdict: "holds" });
    }
    const verdicts: Verdict[] = spans.map((s) => s.verdict);
    if (unfinished.length > 0) verdicts.push("inconclusive");
    if (this.#events === 0) verdicts.push("not proven");
    const { judge } = this.#follower.world;
    const at = (counts: Int32Array, id: number): number => counts[id] as number;
    return {
      file: shownAs,
      record: this.#sidecar.name,
      kernel: this.#sidecar.kernel,
      cpus: this.#follower.world.cpuCount,
      verdict: worst(verdicts),
      level: "linux",
      events: this.#events,
      lines: totals?.lines ?? violation?.line ?? 0,
      kinds: irqEvents
        .filter((kind) => at(this.#seen, kind.id) > 0)
        .map((kind) => ({
          event: kind.name,
          seen: at(this.#seen, kind.id),
          linux: at(judge.linux, kind.id),
          contract: at(judge.contract, kind.id),
          informational: at(judge.informational, kind.id),
          notJudged: at(this.#notJudged, kind.id),
        })),
      clauses: clauseIds
        .map((clause, i) => ({ clause, judged: at(judge.exercised, i) }))
        .filter(({ judged }) => judged > 0),
      spans,
      unexplained: violation === undefined ? 0 : 1,
      unfinished,
      ...(violation === undefined ? {} : { violation: { ...violation, file: shownAs } }),
    };
  }
}

const sinkOf = (run: Run): FtraceSink => ({
  header: (h) => run.header(h.entriesInBuffer, h.entriesWritten, h.cpusOnline),
  event: (event) => run.event(event),
  lost: (cpu, count, line) => run.lost(cpu, count, line),
});

/**
 * Judges a record against the models. Bad input rejects with `InputError`; a violation found
 * before the damage is reported instead, since it stands whatever follows.
 */
export const conformFile = async (
  path: string,
  options: ConformOptions = {},
): Promise<ConformResult> => {
  await mustExist(path);
  const beside = options.sidecar ?? sidecarPath(path);
  const run = new Run(path, await readSidecar(beside, path), beside);
  const totals = await readFtrace(path, sinkOf(run));
  if (totals !== undefined) run.contradictions(totals);
  run.finalOwners();
  return run.result(options.shownAs ?? path, totals);
};

/** The same for a text in memory; `watch` makes an observer of what the follower does. */
export const conformBuffer = (
  name: string,
  text: Buffer,
  sidecar: Sidecar,
  watch?: (world: World) => Observer,
): ConformResult => {
  const run = new Run(name, sidecar, `sidecar of ${name}`);
  if (watch !== undefined) run.world.observer = watch(run.world);
  const reader = new FtraceReader(name, sinkOf(run));
  const totals = reader.chunk(text) ? reader.end() : undefined;
  if (totals !== undefined) run.contradictions(totals);
  run.finalOwners();
  return run.result(name, totals);
};
