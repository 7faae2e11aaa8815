/**
 * Compares a recorded event with the model, field by field. Followers say what each field must
 * be and by which clause; `end` compares, counts, and throws a {@link Refusal} at the first event
 * that differs.
 */
import type { Level } from "../../spec/core/clause.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { irqEvents } from "../../traces/format/irq-events.js";
import { C, clauseIds, clauseLevels } from "./clause-ids.js";
import { type FieldComparison, Refusal } from "./violation.js";

const FIELDS = 16;

const hexText = (lo: number, hi: number): string =>
  `0x${((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16)}`;

/** An event kept past its line, for a judgement that needs a later one. */
export type Kept = { readonly line: number; readonly text: string };

export class Judge {
  /** Per event kind: how often judged at linux level, at contract level, and only read. */
  readonly linux = new Int32Array(irqEvents.length);
  readonly contract = new Int32Array(irqEvents.length);
  readonly informational = new Int32Array(irqEvents.length);
  /** Per clause of `clauseIds`: fields and choices it judged. */
  readonly exercised = new Int32Array(clauseIds.length);
  readonly #lo = new Float64Array(FIELDS);
  readonly #hi = new Float64Array(FIELDS);
  readonly #clause = new Int16Array(FIELDS);
  #event: TraceEvent | undefined;
  #level: Level = "linux";

  /** Starts judging an event. No field is judged until said so. */
  begin(event: TraceEvent, level: Level = "linux"): void {
    this.#event = event;
    this.#level = level;
    this.#clause.fill(-1);
  }

  /** The field must be this number. */
  is(index: number, value: number, clause: number): void {
    this.#lo[index] = value;
    this.#hi[index] = 0;
    this.#clause[index] = clause;
  }

  /** The hexadecimal field must be this 64-bit word, given in halves. */
  is64(index: number, lo: number, hi: number, clause: number): void {
    this.#lo[index] = lo >>> 0;
    this.#hi[index] = hi >>> 0;
    this.#clause[index] = clause;
  }

  /** A boolean field that nothing but its range decides. */
  isFlag(index: number, clause: number): void {
    const value = (this.#event as TraceEvent).lo[index] as number;
    this.is(index, value === 1 ? 1 : 0, clause);
  }

  /** Compares all fields said so far. `could` explains a difference, and costs only then. */
  end(could?: () => readonly string[]): void {
    const event = this.#event as TraceEvent;
    const count = event.kind.fields.length;
    for (let i = 0; i < count; i++) {
      const clause = this.#clause[i] as number;
      if (clause < 0) continue;
      if (event.lo[i] !== this.#lo[i] || event.hi[i] !== this.#hi[i]) this.#refuse(event, i, could);
      this.exercised[clause] = (this.exercised[clause] as number) + 1;
    }
    const tally = this.#level === "linux" ? this.linux : this.contract;
    tally[event.kind.id] = (tally[event.kind.id] as number) + 1;
  }

  /** Counts a judgement that no field of an event carries. */
  count(clause: number): void {
    this.exercised[clause] = (this.exercised[clause] as number) + 1;
  }

  /** Counts an event that was only read. */
  inform(event: TraceEvent): void {
    const { id } = event.kind;
    this.informational[id] = (this.informational[id] as number) + 1;
  }

  #refuse(event: TraceEvent, at: number, could: (() => readonly string[]) | undefined): never {
    const clause = this.#clause[at] as number;
    const fields: FieldComparison[] = event.kind.fields.map((field, i) => {
      const hex = field.kind === "x";
      const show = (lo: number, hi: number): string => (hex ? hexText(lo, hi) : String(lo));
      const known = (this.#clause[i] as number) >= 0;
      return {
        field: field.name,
        linux: show(event.lo[i] as number, event.hi[i] as number),
        model: known ? show(this.#lo[i] as number, this.#hi[i] as number) : undefined,
        first: i === at,
      };
    });
    const { field, linux, model } = fields[at] as FieldComparison;
    throw new Refusal({
      clause: clauseIds[clause] as string,
      level: clauseLevels[clause] as Level,
      line: event.line,
      event: event.text.trim(),
      reason: `${event.kind.name}: ${field} is ${linux}, the model has ${model}`,
      fields,
      could: could?.() ?? [],
    });
  }

  /** Refuses an event as a whole, or a kept earlier one. */
  refuse(event: Kept, clause: number, reason: string, could: readonly string[] = []): never {
    throw new Refusal({
      clause: clauseIds[clause] as string,
      level: clauseLevels[clause] as Level,
      line: event.line,
      event: event.text.trim(),
      reason,
      fields: [],
      could,
    });
  }
}

/** The clause that an event of a kind falls under when nothing more special does. */
export const ownClause = (name: string): number => {
  if (name.startsWith("irq_matrix") || name.startsWith("mx_")) return C.counters;
  if (name.startsWith("msi_")) return C.message;
  if (name.startsWith("ir_ga") || /^ir_(prep|act|deact|aff)$/.test(name)) return C.amdEntry;
  if (name === "ir_comp") return C.remappable;
  if (name.startsWith("ir_")) return C.irte;
  if (name.startsWith("vec_setaff")) return C.deferred;
  if (name === "vector_free_moved") return C.cleanup;
  if (name === "vector_deactivate" || name === "vector_clear") return C.neutral;
  return C.reservedOnly;
};
