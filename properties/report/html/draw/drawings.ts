/** The drawings by kind of picture; a further kind is one file and one line here. */
import type { Picture } from "../../picture.js";
import { gridDrawing } from "./grid.js";

/** How one kind of picture becomes markup. `before` is the picture of the step before. */
export type Drawing<P> = {
  /** SVG or HTML, with every text escaped. */
  readonly draw: (picture: P, before: P | undefined) => string;
  /** What changed, as lines of plain text. */
  readonly tell: (picture: P, before: P | undefined) => readonly string[];
  /** List items that explain the numbers shown. */
  readonly key: (picture: P, shown: ReadonlySet<number>) => string;
  readonly values: (picture: P) => readonly number[];
};

export const drawings: {
  readonly [K in Picture["kind"]]: Drawing<Extract<Picture, { kind: K }>>;
} = { grid: gridDrawing };
