/** Drawings of states as data. A subsystem makes them, `report/html` draws each kind of them. */
import * as t from "io-ts";
import { boundedInt } from "../../spec/core/int.js";
import { record } from "./record.js";

const index = boundedInt("index into the legend", 0, 255);

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
  {},
  "a grid",
);

/** The kinds of drawings; a further one is added here and in `report/html`. */
export const Picture = Grid;
export type Picture = t.TypeOf<typeof Picture>;
