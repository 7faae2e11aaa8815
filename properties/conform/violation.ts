import type { Level } from "../../spec/core/clause.js";

/** One field of the refused event: the record's value beside the model's. */
export type FieldComparison = {
  readonly field: string;
  /** As printed in the record. */
  readonly linux: string;
  /** What the model has there; undefined where nothing in the record decides the field. */
  readonly model: string | undefined;
  /** The first field that differs. */
  readonly first: boolean;
};

export type ContextLine = { readonly line: number; readonly text: string };

/** Why a record was refused: the furthest event reached and what the model expected there. */
export type Violation = {
  readonly clause: string;
  readonly level: Level;
  readonly file: string;
  readonly line: number;
  /** The event as recorded. */
  readonly event: string;
  readonly reason: string;
  readonly fields: readonly FieldComparison[];
  /** What the model could have done there. */
  readonly could: readonly string[];
  /** The last events before it, oldest first. */
  readonly context: readonly ContextLine[];
};

/** Thrown inside the followers at the first refused event; `conform` turns it into a result. */
export class Refusal extends Error {
  readonly violation: Omit<Violation, "file" | "context">;
  constructor(violation: Omit<Violation, "file" | "context">) {
    super(violation.reason);
    this.name = "Refusal";
    this.violation = violation;
  }
}
