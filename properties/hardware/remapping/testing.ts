/** Units set up as a kernel does, for the tests of this folder. */
import { emptyMemory, type Memory, readWord, writeWords } from "../../../models/hardware/memory.js";
import {
  type Access,
  type AmdUnit,
  enableAmd,
  enableIntel,
  type IntelUnit,
  newUnit,
  type RemapUnit,
  request,
  writeRegister,
} from "../../../models/hardware/remapping/index.js";
import { encode, type SomeValues, toWords } from "../../../spec/core/bits.js";
import { GCMD, IQA, IQT, IRE, QIE } from "../../../spec/hardware/remapping/intel.js";
import {
  dteInterrupt,
  iecInvalidate,
  intelRemapped,
} from "../../../spec/irq/msi-message/layout.js";

export const TABLE = 0x10000;
export const QUEUE = 0x4000;
export const DEVICES = 0x20000;
export const EVENTS = 0x8000;
export const AMD_TABLE = 0x40000;

export type Rig<U extends RemapUnit> = { readonly unit: U; readonly memory: Memory };

export const intelRig = (
  size = 15,
  eim = true,
  shape: { eim: boolean; selfInvalidates?: boolean } = { eim: true },
  quirks: readonly string[] = [],
): Rig<IntelUnit> => {
  const unit = newUnit({ kind: "intel", ...shape }, quirks) as IntelUnit;
  return enableIntel(unit, emptyMemory, TABLE, size, eim);
};

export const write = <U extends RemapUnit>(
  rig: Rig<U>,
  ...writes: readonly (readonly [number, number])[]
): Rig<U> & { readonly own: Access<U>["own"] } =>
  writes.reduce(
    (at, [offset, value]) => {
      const next = writeRegister(at.unit, at.memory, offset, 4, value);
      return { unit: next.unit as U, memory: next.memory, own: [...at.own, ...next.own] };
    },
    { ...rig, own: [] as Access<U>["own"] },
  );

export const store = <U extends RemapUnit>(
  rig: Rig<U>,
  address: number,
  words: readonly number[],
): Rig<U> => ({ ...rig, memory: writeWords(rig.memory, address, words) });

export const irte = (values: SomeValues<"V" | "DST" | "SVT" | "SQ" | "SID" | "P" | "FPD" | "DM">) =>
  toWords(intelRemapped, encode(intelRemapped, { P: 1, ...values }));

export const setIrte = (
  rig: Rig<IntelUnit>,
  index: number,
  words: readonly number[],
): Rig<IntelUnit> => store(rig, TABLE + 16 * index, words);

/** A remappable message with this handle, and a subhandle where one is given. */
export const message = (handle: number, subhandle?: number) => ({
  addressLo:
    (0xfee00010 |
      ((handle & 0x7fff) << 5) |
      ((handle >>> 15) << 2) |
      (subhandle === undefined ? 0 : 8)) >>>
    0,
  addressHi: 0,
  data: subhandle ?? 0,
});

export const send = <U extends RemapUnit>(
  rig: Rig<U>,
  requester: number,
  m: { addressLo: number; addressHi: number; data: number },
) => {
  const done = request(rig.unit.shape, rig.unit, rig.memory, { requester, message: m });
  return { ...done, unit: done.unit as U };
};

/** Switches the queue on with descriptors in it, and lets the unit work on them. */
export const queue = (rig: Rig<IntelUnit>, ...descriptors: readonly (readonly number[])[]) => {
  const placed = descriptors.reduce(
    (at, words, i) => store(at, QUEUE + 16 * i, words),
    write(rig, [GCMD, IRE], [IQA, QUEUE], [GCMD, IRE | QIE]) as Rig<IntelUnit>,
  );
  return write(placed, [IQT, 16 * descriptors.length]);
};

export const iec = (values: SomeValues<"G" | "IM" | "IIDX">) =>
  toWords(iecInvalidate, encode(iecInvalidate, values));

export const amdRig = (ga: boolean, xt: boolean, quirks: readonly string[] = []): Rig<AmdUnit> => {
  const unit = newUnit({ kind: "amd", ga: true, xt: true }, quirks) as AmdUnit;
  return enableAmd(unit, emptyMemory, { devices: DEVICES, pages: 2, log: EVENTS }, ga, xt);
};

/** A device table entry that remaps through a table of 2^length entries. */
export const setDte = (
  rig: Rig<AmdUnit>,
  requester: number,
  length: number,
  more: SomeValues<"IntCtl" | "IG" | "NMIPass" | "IV"> = {},
): Rig<AmdUnit> => {
  const word = encode(dteInterrupt, {
    IV: 1,
    IntCtl: 2,
    IntTabLen: length,
    IntTabRoot: AMD_TABLE / 64,
    ...more,
  });
  return store(rig, DEVICES + 32 * requester + 16, toWords(dteInterrupt, word));
};

export const word = (rig: Rig<RemapUnit>, address: number): number => readWord(rig.memory, address);
