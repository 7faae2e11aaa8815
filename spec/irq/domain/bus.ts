/** Register writes that a kernel's code makes, in the order in which it makes them. */
import * as t from "io-ts";
import { boundedInt } from "../../core/int.js";
import { Word32 } from "../msi-message/vocabulary.js";

const Space = t.union(
  [
    t.literal("config"),
    t.literal("bar"),
    t.literal("apic"),
    t.literal("remapping"),
    t.literal("memory"),
  ],
  '"config", "bar", "apic", "remapping" or "memory"',
);

export const BusWrite = t.readonly(
  t.exact(
    t.type({
      space: Space,
      /** Function, or the CPU whose own local APIC it is (offset of the xAPIC page); 0 elsewhere. */
      unit: boundedInt("unit", 0, 0xffff),
      /** 0 outside "bar". */
      bar: boundedInt("BAR", 0, 5),
      offset: Word32,
      width: t.union([t.literal(1), t.literal(2), t.literal(4)], "1, 2 or 4"),
      value: Word32,
    }),
  ),
  "bus write",
);
export type BusWrite = t.TypeOf<typeof BusWrite>;

export const Bus = t.readonlyArray(BusWrite, "a list of register writes");

export const writeText = (w: BusWrite): string =>
  `${w.space}${w.unit}${w.space === "bar" ? `.${w.bar}` : ""}` +
  `+0x${w.offset.toString(16)}:${8 * w.width}=0x${w.value.toString(16)}`;
