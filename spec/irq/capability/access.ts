/** Accesses that a kernel's code makes to a PCI function, in the order in which it makes them. */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { Word32 } from "../msi-message/vocabulary.js";

export const Space = t.union(
  [
    t.literal("config"),
    t.literal("bar0"),
    t.literal("bar1"),
    t.literal("bar2"),
    t.literal("bar3"),
    t.literal("bar4"),
    t.literal("bar5"),
  ],
  '"config" or "bar0" to "bar5"',
);
export type Space = t.TypeOf<typeof Space>;

export const barSpaces: readonly Space[] = ["bar0", "bar1", "bar2", "bar3", "bar4", "bar5"];

/**
 * One read or write. `offset` is a byte offset in configuration space or in the BAR; `width` is
 * 1, 2 or 4 bytes. A 64-bit access is told as two, the low word first.
 */
export const Access = t.readonly(
  t.exact(
    t.type({
      write: t.boolean,
      space: Space,
      offset: Word32,
      width: boundedInt("bytes", 1, 4),
      value: Word32,
    }),
  ),
  "register access",
);
export type Access = t.TypeOf<typeof Access>;

export const Bus = t.readonlyArray(Access, "a list of register accesses");
