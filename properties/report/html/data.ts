/** The pictures of all steps, small enough to stand in the page. */
import type { Violation } from "../../gate/report.js";
import { plain } from "../escape.js";
import type { Picture } from "../picture.js";
import type { Chart } from "./history.js";

/** A line of cells as value, count, value, count, …: most cells are like their neighbours. */
export const runs = (cells: readonly number[]): number[] => {
  const out: number[] = [];
  for (const cell of cells) {
    if (out.length > 0 && out[out.length - 2] === cell) (out[out.length - 1] as number)++;
    else out.push(cell, 1);
  }
  return out;
};

/** What all pictures of a counterexample that look alike share. */
export type Frame = Omit<Picture, "cells">;

export type Film = {
  readonly frames: readonly Frame[];
  /** Per step: its frame, and its cells in runs; null where there is no picture. */
  readonly steps: readonly ({ readonly frame: number; readonly cells: number[][] } | null)[];
};

export type PageData = { readonly films: readonly Film[]; readonly charts: readonly Chart[] };

const plainFrame = ({ cells: _cells, ...frame }: Picture): Frame => ({
  ...frame,
  title: plain(frame.title),
  rows: frame.rows.map(plain),
  columns: frame.columns.map(plain),
  legend: frame.legend.map(plain),
  ...(frame.marks === undefined ? {} : { marks: frame.marks.map(plain) }),
});

const filmOf = (v: Violation): Film => {
  const frames: Frame[] = [];
  const known = new Map<string, number>();
  const steps = v.steps.map(({ picture }) => {
    if (picture === undefined) return null;
    const frame = plainFrame(picture);
    const key = JSON.stringify(frame);
    let at = known.get(key);
    if (at === undefined) {
      at = frames.push(frame) - 1;
      known.set(key, at);
    }
    return { frame: at, cells: picture.cells.map(runs) };
  });
  return { frames, steps };
};

export const pageData = (violations: readonly Violation[], charts: readonly Chart[]): PageData => ({
  films: violations.map(filmOf),
  charts,
});
