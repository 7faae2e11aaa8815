import { describe, expect, it } from "vitest";
import type { IntelUnit } from "../../../models/hardware/remapping/index.js";
import {
  compatibilityTarget,
  ownTarget,
  readRegister,
} from "../../../models/hardware/remapping/index.js";
import { encode, toWords } from "../../../spec/core/bits.js";
import * as reg from "../../../spec/hardware/remapping/intel.js";
import { intelPosted } from "../../../spec/irq/msi-message/layout.js";
import {
  iec,
  intelRig,
  irte,
  message,
  queue,
  type Rig,
  send,
  setIrte,
  store,
  TABLE,
  word,
  write,
} from "./testing.js";

const NIC = 0x0010;

/** Fault reason, requester and index of record i; undefined while it is free. */
const record = (rig: Rig<IntelUnit>, i = 0): readonly number[] | undefined => {
  const words = [0, 4, 8, 12].map((at) => readRegister(rig.unit, reg.FRCD + 16 * i + at, 4));
  const { get } = reg.intelFast.faultRecord;
  if (get(words, "F") === 0) return undefined;
  return [get(words, "FR"), get(words, "SID"), get(words, "Index")];
};
const status = (rig: Rig<IntelUnit>): number => readRegister(rig.unit, reg.FSTS, 4);

describe("an Intel remapping unit", () => {
  it("remaps the golden entries of xAPIC, EIM and logical mode", () => {
    const xapic = setIrte(intelRig(15, false), 5, [0x00410009, 0x00000500, 0x00040010, 0]);
    expect(send(xapic, NIC, message(5)).target).toMatchObject({
      dest: 5,
      vector: 0x41,
      logical: false,
      hint: true,
    });
    const eim = setIrte(intelRig(), 8, [0x0041000d, 0x00000105, 0x00040320, 0]);
    expect(send(eim, 0x0320, message(5, 3)).target).toMatchObject({
      dest: 0x105,
      vector: 0x41,
      logical: true,
    });
  });

  it("takes handle bit 15 from address bit 2", () => {
    const rig = setIrte(intelRig(), 0x8123, irte({ V: 0x55, DST: 1 }));
    expect(message(0x8123, 0)).toMatchObject({ addressLo: 0xfee0247c });
    expect(send(rig, NIC, message(0x8123, 0)).target?.vector).toBe(0x55);
  });

  it("records why it blocks, who asked, and for which index", () => {
    const cases: readonly (readonly [Rig<IntelUnit>, ReturnType<typeof message>, number[]])[] = [
      [intelRig(), message(9), [0x22, NIC, 9]],
      [intelRig(3), message(14, 2), [0x21, NIC, 16]],
      [setIrte(intelRig(), 9, irte({ V: 0x41, SVT: 1, SID: 0x18 })), message(9), [0x26, NIC, 9]],
      [setIrte(intelRig(), 9, [0x00411001, 0, 0, 0]), message(9), [0x24, NIC, 9]],
      [intelRig(), { ...message(9), data: 1 }, [0x20, NIC, 0]],
      [intelRig(), { ...message(9, 1), data: 0x10001 }, [0x20, NIC, 0]],
      [intelRig(), { addressLo: 0xfee01000, addressHi: 0, data: 0x41 }, [0x25, NIC, 0]],
    ];
    for (const [rig, m, wanted] of cases) {
      const done = send(rig, NIC, m);
      expect([done.target, record(done), status(done)]).toEqual([undefined, wanted, reg.PPF]);
    }
  });

  it("keeps silent where FPD says so", () => {
    const rig = setIrte(intelRig(), 9, irte({ P: 0, FPD: 1 }));
    expect(record(send(rig, NIC, message(9)))).toBeUndefined();
  });

  it("fills its records in turn, then notes the overflow, until they are cleared", () => {
    let rig: Rig<IntelUnit> = intelRig();
    for (let i = 0; i < 6; i++) rig = send(rig, NIC, message(100 + i));
    expect([0, 1, 2, 3].map((i) => record(rig, i)?.[2])).toEqual([100, 101, 102, 103]);
    expect(status(rig)).toBe(reg.PPF | reg.PFO);
    rig = write(rig, [reg.FRCD + 12, 0x80000000]);
    expect(status(rig)).toBe(reg.PPF | reg.PFO | (1 << 8));
    // Nothing is recorded while the overflow stands.
    expect(record(send(rig, NIC, message(7)), 0)).toBeUndefined();
    rig = send(write(rig, [reg.FSTS, reg.PFO]), NIC, message(7));
    expect(record(rig, 0)?.[2]).toBe(7);
  });

  it("sends its fault event when it is not masked, or once it is unmasked", () => {
    const event: readonly (readonly [number, number])[] = [
      [reg.FECTL + 4, 0x31],
      [reg.FECTL + 8, 0xfee45000],
      [reg.FEUADDR, 0x12300],
    ];
    const open = send(write(intelRig(), ...event, [reg.FECTL, 0]), NIC, message(9));
    expect(open.own.map(ownTarget)).toMatchObject([{ dest: 0x12345, vector: 0x31 }]);
    const masked = send(write(intelRig(), ...event), NIC, message(9));
    expect([masked.own, readRegister(masked.unit, reg.FECTL, 4)]).toEqual([[], 0xc0000000]);
    expect(write(masked, [reg.FECTL, 0]).own).toEqual(open.own);
    const cleared = write(masked, [reg.FRCD + 12, 0x80000000]);
    expect(readRegister(cleared.unit, reg.FECTL, 4)).toBe(0x80000000);
  });

  it("lets compatibility-format messages pass with CFI set, never in extended mode", () => {
    const m = { addressLo: 0xfee03000, addressHi: 0, data: 0x41 };
    const legacy = write(intelRig(15, false), [reg.GCMD, reg.IRE | reg.CFI]);
    expect(send(legacy, NIC, m).target).toEqual(compatibilityTarget(m));
    expect(compatibilityTarget(m)).toMatchObject({ dest: 3, vector: 0x41, delivery: 0 });
    const extended = write(intelRig(), [reg.GCMD, reg.IRE | reg.CFI]);
    expect(send(extended, NIC, m).target).toBeUndefined();
  });

  it("compares the requester as SVT and SQ say", () => {
    const accepted = (svt: number, sq: number, sid: number, requester: number): boolean => {
      const rig = setIrte(intelRig(), 1, irte({ V: 0x41, SVT: svt, SQ: sq, SID: sid }));
      return send(rig, requester, message(1)).target !== undefined;
    };
    expect([accepted(1, 0, 0x10, 0x10), accepted(1, 0, 0x10, 0x14)]).toEqual([true, false]);
    expect([accepted(1, 1, 0x10, 0x14), accepted(1, 1, 0x10, 0x12)]).toEqual([true, false]);
    expect([accepted(1, 2, 0x10, 0x16), accepted(1, 2, 0x10, 0x11)]).toEqual([true, false]);
    expect([accepted(1, 3, 0x10, 0x17), accepted(1, 3, 0x10, 0x18)]).toEqual([true, false]);
    expect([2, 3, 5, 6].map((bus) => accepted(2, 0, 0x0305, bus << 8))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(accepted(3, 0, 0x10, 0x10)).toBe(false);
  });

  it("uses a cached entry until an invalidation that covers its index", () => {
    let rig: Rig<IntelUnit> = setIrte(intelRig(), 5, irte({ V: 0x41 }));
    rig = send(rig, NIC, message(5));
    rig = setIrte(rig, 5, irte({ V: 0x42 }));
    const vector = (r: Rig<IntelUnit>) => send(r, NIC, message(5)).target?.vector;
    expect(vector(rig)).toBe(0x41);
    expect(vector(queue(rig, iec({ G: 1, IIDX: 6 })))).toBe(0x41);
    expect(vector(queue(rig, iec({ G: 1, IIDX: 5 })))).toBe(0x42);
    expect(vector(queue(rig, iec({ G: 1, IIDX: 6, IM: 2 })))).toBe(0x42);
    expect(vector(queue(rig, iec({})))).toBe(0x42);
    // A new table makes no difference to what is cached, unless the unit drops it itself.
    expect(vector(write(rig, [reg.GCMD, reg.SIRTP | reg.IRE]))).toBe(0x41);
    const own = send(
      setIrte(intelRig(15, true, { eim: true, selfInvalidates: true }), 5, irte({ V: 0x41 })),
      NIC,
      message(5),
    );
    const renewed = write(setIrte(own, 5, irte({ V: 0x42 })), [reg.GCMD, reg.SIRTP | reg.IRE]);
    expect(vector(renewed)).toBe(0x42);
  });

  it("caches no absent entry", () => {
    const rig = send(intelRig(), NIC, message(5));
    expect(send(setIrte(rig, 5, irte({ V: 0x42 })), NIC, message(5)).target?.vector).toBe(0x42);
  });

  it("completes waits in order and stops at a descriptor that it does not know", () => {
    const wait = (address: number, data: number, IF = 0) =>
      reg.intelFast.waitDescriptor.encode({ SW: 1, Data: data, Address: address / 4, IF });
    const rig = queue(intelRig(), iec({}), wait(0x900, 7, 1), [0xf, 0, 0, 0], wait(0x904, 8));
    expect([word(rig, 0x900), word(rig, 0x904)]).toEqual([7, 0]);
    expect(readRegister(rig.unit, reg.IQH, 4)).toBe(32);
    expect([status(rig), readRegister(rig.unit, reg.ICS, 4)]).toEqual([reg.IQE, 1]);
    const repaired = write(store(rig, 0x4020, iec({})), [reg.FSTS, reg.IQE]);
    expect([word(repaired, 0x904), readRegister(repaired.unit, reg.IQH, 4)]).toEqual([8, 64]);
  });

  it("posts into the descriptor and notifies once until ON is cleared", () => {
    const entry = toWords(
      intelPosted,
      encode(intelPosted, { P: 1, V: 0x95, PDAL: 0xa00 >> 6, PDAH: 0 }),
    );
    const control = reg.intelFast.postedControl.encode({ NV: 0xf2, NDST: 3 });
    let rig: Rig<IntelUnit> = store(setIrte(intelRig(), 4, entry), 0xa20, control);
    const first = send(rig, NIC, message(4));
    expect(first.target).toMatchObject({ dest: 3, vector: 0xf2 });
    expect([word(first, 0xa00 + 4 * 4), word(first, 0xa20) & 1]).toEqual([1 << 0x15, 1]);
    expect(send(first, NIC, message(4)).target).toBeUndefined();
    rig = store(rig, 0xa20, [(control[0] as number) | 2]);
    expect(send(rig, NIC, message(4)).target).toBeUndefined();
  });

  it("shows what its capability registers promise", () => {
    const { unit } = intelRig();
    expect(readRegister(unit, reg.CAP, 4) >>> 24).toBe(reg.FRCD >> 4);
    expect((readRegister(unit, reg.CAP + 4, 4) >>> 8) & 0xff).toBe(reg.FAULT_RECORDS - 1);
    expect(readRegister(unit, reg.ECAP, 4) & 0x18).toBe(0x18);
    expect(readRegister(unit, reg.GSTS, 4)).toBe(reg.IRE | reg.SIRTP);
    expect([readRegister(unit, reg.IRTA, 4), TABLE]).toEqual([TABLE | 0x80f, TABLE]);
  });
});
