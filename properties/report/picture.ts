/** Drawings of states as data. A subsystem makes them, `report/html` draws each kind of them. */
import * as t from "io-ts";
import { boundedInt } from "../../spec/core/int.js";
import { record } from "./record.js";

const index = boundedInt("index into the legend", 0, 255);

/** How a cell looks. Each has a colour and a pattern of its own, so that neither stands alone. */
export const Tone = t.union(
  [
    t.literal("empty"),
    t.literal("held"),
    t.literal("aside"),
    t.literal("both"),
    t.literal("blocked"),
    t.literal("away"),
    t.literal("stale"),
    t.literal("wrong"),
  ],
  "a tone",
);
export type Tone = t.TypeOf<typeof Tone>;

/** Rows by columns of small numbers, such as CPUs by vectors. */
const Grid = record(
  {
    kind: t.literal("grid"),
    title: t.string,
    /** Label of each row, e.g. "CPU 0". */
    rows: t.readonlyArray(t.string, "row labels"),
    /** Label of each column, e.g. "0x20"; each line of cells has as many. */
    columns: t.readonlyArray(t.string, "column labels"),
    /** Per row one number a column, an index into `legend`. */
    cells: t.readonlyArray(t.readonlyArray(index, "a line of cells"), "cells"),
    /** What each number means, e.g. ["free", "allocated", "managed", "system"]. */
    legend: t.readonlyArray(t.string, "a legend"),
  },
  {
    /** Per number a letter or two to stand in the cell; none for an empty string. */
    marks: t.readonlyArray(t.string, "marks"),
    /** Per number how it looks; by position unless told. */
    tones: t.readonlyArray(Tone, "tones"),
  },
  "a grid",
);

/** The kinds of drawings; a further one is added here and in `report/html/draw`. */
export const Picture = Grid;
export type Picture = t.TypeOf<typeof Picture>;
