/**
 * Cells of CPUs by vectors and the like, as SVG. Runs in Node and, put into the page, in the
 * browser: so nothing is imported but types.
 */
import type { Picture } from "../../picture.js";

type GridPicture = Extract<Picture, { kind: "grid" }>;

const TONES = ["empty", "held", "aside", "both", "blocked", "away", "stale", "wrong"] as const;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const toneOf = (grid: GridPicture, value: number): string =>
  grid.tones?.[value] ?? TONES[value % TONES.length] ?? "empty";

const markOf = (grid: GridPicture, value: number): string =>
  grid.marks?.[value] ?? (value === 0 ? "" : (grid.legend[value] ?? "?").slice(0, 1).toUpperCase());

/** A stretch of a row: all of it, or where a long row is folded, a part. */
type Line = { readonly label: string; readonly row: number; readonly from: number };

type Layout = {
  readonly lines: readonly Line[];
  readonly perLine: number;
  readonly cell: number;
  readonly height: number;
  readonly label: number;
  readonly folded: boolean;
};

/** Most lines of cells that a long row is folded into. */
const MOST_LINES = 40;
const FOLD = 64;

const layoutOf = (grid: GridPicture): Layout => {
  const { rows, columns } = grid;
  const parts = Math.ceil(columns.length / FOLD);
  const folded = columns.length > 72 && rows.length * parts <= MOST_LINES;
  const perLine = Math.max(1, folded ? FOLD : columns.length);
  const lines = rows.flatMap((label, row) => {
    if (!folded) return [{ label, row, from: 0 }];
    return Array.from({ length: parts }, (_x, part) => {
      const from = part * FOLD;
      return { label: `${part === 0 ? label : ""} ${columns[from] ?? ""}`, row, from };
    });
  });
  const cell = perLine <= 24 ? 30 : perLine <= 40 ? 22 : perLine <= 72 ? 16 : 1060 / perLine;
  const widest = Math.max(4, ...lines.map((line) => line.label.length));
  const label = Math.min(260, 12 + widest * 7.4);
  return { lines, perLine, cell, height: perLine <= 40 ? 26 : 18, label, folded };
};

const TOP = 18;

/** The same row a step earlier; rows that came with this step were empty. */
const rowBefore = (
  grid: GridPicture,
  before: GridPicture | undefined,
  row: number,
): readonly number[] | undefined => {
  if (before === undefined) return undefined;
  const label = grid.rows[row] as string;
  const same = before.rows[row] === label ? row : before.rows.indexOf(label);
  return before.cells[same] ?? grid.cells[row]?.map(() => 0);
};

/** The drawing; cells that are not as in `before` are framed. */
const drawGrid = (grid: GridPicture, before: GridPicture | undefined): string => {
  const layout = layoutOf(grid);
  const { lines, perLine, cell, height, label } = layout;
  const top = layout.folded ? 4 : TOP;
  const width = label + perLine * cell + 2;
  const total = top + lines.length * height + 2;
  const out: string[] = [];
  if (!layout.folded) {
    const longest = Math.max(1, ...grid.columns.map((text) => text.length));
    const every = Math.max(1, Math.ceil((6 * longest + 5) / cell));
    grid.columns.forEach((text, i) => {
      if (i % every !== 0) return;
      const x = label + i * cell + (every === 1 ? cell / 2 : 0);
      const anchor = every === 1 ? "middle" : "start";
      out.push(
        `<text class="tick" x="${x.toFixed(1)}" y="12" text-anchor="${anchor}">${escaped(text)}</text>`,
      );
    });
  }
  const changed: string[] = [];
  lines.forEach((line, at) => {
    const y = top + at * height;
    out.push(
      `<text class="label" x="${label - 8}" y="${y + height / 2 + 4}" text-anchor="end">` +
        `${escaped(line.label)}</text>`,
    );
    const cells = grid.cells[line.row] ?? [];
    const end = Math.min(cells.length, line.from + perLine);
    const was = rowBefore(grid, before, line.row);
    for (let from = line.from; from < end; ) {
      const value = cells[from] as number;
      let to = from + 1;
      while (to < end && cells[to] === value) to++;
      const x = label + (from - line.from) * cell;
      const w = (to - from) * cell;
      out.push(
        `<rect class="t-${toneOf(grid, value)}" x="${x.toFixed(1)}" y="${y + 1}" ` +
          `width="${w.toFixed(1)}" height="${height - 2}"/>`,
      );
      const mark = markOf(grid, value);
      if (mark !== "" && cell >= 14) {
        for (let i = from; i < to; i++) {
          const middle = label + (i - line.from + 0.5) * cell;
          out.push(
            `<text class="mark m-${toneOf(grid, value)}" x="${middle.toFixed(1)}" ` +
              `y="${y + height / 2 + 4}" text-anchor="middle">${escaped(mark)}</text>`,
          );
        }
      }
      from = to;
    }
    for (let from = line.from; from < end; ) {
      let to = from;
      while (to < end && was !== undefined && was[to] !== cells[to]) to++;
      if (to > from) {
        const x = label + (from - line.from) * cell;
        changed.push(
          `<rect class="changed" x="${x.toFixed(1)}" y="${y + 1}" ` +
            `width="${((to - from) * cell).toFixed(1)}" height="${height - 2}"/>`,
        );
      }
      from = to + 1;
    }
    if (cell >= 14) {
      const path: string[] = [];
      for (let i = 0; i <= end - line.from; i++) {
        path.push(`M${(label + i * cell).toFixed(1)} ${y + 1}v${height - 2}`);
      }
      out.push(`<path class="rule" d="${path.join("")}"/>`);
    }
  });
  return (
    `<svg viewBox="0 0 ${width.toFixed(0)} ${total}" role="img" ` +
    `style="max-width:${width.toFixed(0)}px;min-width:${Math.min(width, 620).toFixed(0)}px" ` +
    `data-label="${label.toFixed(1)}" data-cell="${cell}" data-top="${top}" ` +
    `data-height="${height}" data-lines="${lines.map((l) => `${l.row}:${l.from}`).join(" ")}" ` +
    `aria-label="${escaped(grid.title)}">${out.join("")}${changed.join("")}</svg>`
  );
};

/** What changed, in words: the same that the frames show. */
const tellGrid = (grid: GridPicture, before: GridPicture | undefined): string[] => {
  if (before === undefined) return [];
  const told: string[] = [];
  grid.cells.forEach((line, row) => {
    const was = rowBefore(grid, before, row);
    for (let i = 0; i < line.length; ) {
      const old = was?.[i];
      const value = line[i] as number;
      let to = i + 1;
      while (to < line.length && line[to] === value && was?.[to] === old) to++;
      if (old !== undefined && old !== value) {
        const columns =
          to - i === 1 ? grid.columns[i] : `${grid.columns[i]}–${grid.columns[to - 1]}`;
        told.push(
          `${grid.rows[row]}, ${columns}: ${before.legend[old] ?? old} → ${grid.legend[value] ?? value}`,
        );
      }
      i = to;
    }
  });
  return told;
};

/** Signs of those numbers that some picture shows. */
const keyOfGrid = (grid: GridPicture, shown: ReadonlySet<number>): string =>
  grid.legend
    .map((text, value) => ({ text, value }))
    .filter(({ value }) => shown.has(value))
    .map(
      ({ text, value }) =>
        `<li><svg class="swatch" viewBox="0 0 24 18" aria-hidden="true">` +
        `<rect class="t-${toneOf(grid, value)}" x="0.5" y="0.5" width="23" height="17"/>` +
        `<text class="mark m-${toneOf(grid, value)}" x="12" y="13" text-anchor="middle">` +
        `${escaped(markOf(grid, value))}</text></svg>${escaped(text)}</li>`,
    )
    .join("");

/** The numbers that a picture shows. */
const valuesOfGrid = (grid: GridPicture): number[] => [...new Set(grid.cells.flat())];

/** How pictures of kind "grid" are drawn. */
export const gridDrawing = {
  draw: drawGrid,
  tell: tellGrid,
  key: keyOfGrid,
  values: valuesOfGrid,
};
