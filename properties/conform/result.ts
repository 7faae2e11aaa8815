import type { Verdict } from "../../spec/core/verdict.js";
import type { Violation } from "./violation.js";

/** How the events of one kind were judged. */
export type KindCount = {
  readonly event: string;
  readonly seen: number;
  /** Every choice and counter compared with what Linux 7.0 does. */
  readonly linux: number;
  /** The record hides what decides the choice; compared with what is admissible. */
  readonly contract: number;
  /** Read, and used where nothing else tells, but not judged. */
  readonly informational: number;
  /** After a loss: neither judged nor passed. */
  readonly notJudged: number;
};

export type ClauseCount = { readonly clause: string; readonly judged: number };

/** A stretch of the record, first and last line included. */
export type Span = {
  readonly fromLine: number;
  readonly toLine: number;
  readonly verdict: Verdict;
  /** Why it is not `holds`. */
  readonly reason?: string;
};

/** Plain data; the same record gives the same bytes. */
export type ConformResult = {
  readonly file: string;
  readonly record: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly verdict: Verdict;
  readonly level: "linux";
  readonly events: number;
  readonly lines: number;
  readonly kinds: readonly KindCount[];
  readonly clauses: readonly ClauseCount[];
  readonly spans: readonly Span[];
  /** Events that no operation of the model explains: 0, or the refused one. */
  readonly unexplained: number;
  /** Operations begun and not finished at the end of the record. */
  readonly unfinished: readonly { readonly context: string; readonly awaits: string }[];
  readonly violation?: Violation;
};

export type ConformOptions = {
  /** Path of the sidecar; beside the record unless told. */
  readonly sidecar?: string;
  /** How files are named in the result; the path as given unless told. */
  readonly shownAs?: string;
};
