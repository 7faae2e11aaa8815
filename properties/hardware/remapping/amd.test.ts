import { describe, expect, it } from "vitest";
import { type AmdUnit, readRegister } from "../../../models/hardware/remapping/index.js";
import * as reg from "../../../spec/hardware/remapping/amd.js";
import {
  AMD_TABLE,
  amdRig,
  EVENTS,
  type Rig,
  send,
  setDte,
  store,
  word,
  write,
} from "./testing.js";

const NIC = 0x0018;
const COMMANDS = 0x5000;
/** A message that names an index of the requester's table. */
const index = (i: number, dm = false) => ({
  addressLo: dm ? 0xfee00004 : 0xfee00000,
  addressHi: 0,
  data: i,
});
const long = (i: number): number => AMD_TABLE + 16 * i;

/** Code, requester and flags of the event at this place of the log. */
const event = (rig: Rig<AmdUnit>, n = 0): readonly number[] => {
  const words = [0, 4, 8, 12].map((at) => word(rig, EVENTS + 16 * n + at));
  const { get } = reg.amdFast.eventEntry;
  return [get(words, "Code"), get(words, "DeviceID"), get(words, "I"), get(words, "RZ")];
};
const logged = (rig: Rig<AmdUnit>): number => readRegister(rig.unit, reg.EVT_TAIL, 4) / 16;

const command = (rig: Rig<AmdUnit>, ...commands: readonly (readonly number[])[]) => {
  const placed = commands.reduce(
    (at, words, i) => store(at, COMMANDS + 16 * i, words),
    write(rig, [reg.CMDBUF, COMMANDS], [reg.CMDBUF + 4, 8 << 24]) as Rig<AmdUnit>,
  );
  return write(placed, [reg.CMD_TAIL, 16 * commands.length]);
};

describe("an AMD IOMMU", () => {
  it("remaps the golden entries, short and long", () => {
    const short = store(setDte(amdRig(false, false), NIC, 9), AMD_TABLE + 4 * 7, [0x00410501]);
    expect(send(short, NIC, index(7)).target).toMatchObject({
      dest: 5,
      vector: 0x41,
      logical: false,
    });
    const words = [0x34567841, 0, 0x41, 0x12000000];
    const wide = store(setDte(amdRig(true, true), NIC, 11), long(1234), words);
    expect(send(wide, NIC, index(1234, true)).target).toMatchObject({
      dest: 0x12345678,
      vector: 0x41,
      logical: true,
    });
    const narrow = store(setDte(amdRig(true, false), NIC, 9), long(3), words);
    expect(send(narrow, NIC, index(3)).target?.dest).toBe(0x78);
  });

  it("logs who asked for an entry that is absent, unsound or beyond the table", () => {
    const rig = setDte(amdRig(true, false), NIC, 9);
    const cases: readonly (readonly [Rig<AmdUnit>, number, number[]])[] = [
      [rig, 3, [2, NIC, 1, 0]],
      [store(rig, long(3), [0x501, 0, 0x100041, 0]), 3, [2, NIC, 1, 1]],
      [store(rig, long(3), [0x501, 0, 0x141, 0]), 3, [2, NIC, 1, 1]],
      [setDte(rig, NIC, 8), 300, [2, NIC, 1, 0]],
      [setDte(rig, NIC, 12), 3, [1, NIC, 0, 0]],
    ];
    for (const [at, i, wanted] of cases) {
      const done = send(at, NIC, index(i));
      expect([done.target, logged(done), event(done)]).toEqual([undefined, 1, wanted]);
    }
  });

  it("keeps silent where SupIOPF or IG say so", () => {
    const rig = setDte(amdRig(true, false), NIC, 9);
    expect(logged(send(store(rig, long(3), [2, 0, 0, 0]), NIC, index(3)))).toBe(0);
    expect(logged(send(setDte(rig, NIC, 9, { IG: 1 }), NIC, index(3)))).toBe(0);
  });

  it("passes, aborts or remaps as IntCtl and IV say", () => {
    const rig = store(setDte(amdRig(true, false), NIC, 9), long(0x41), [0x501, 0, 0x77, 0]);
    const vector = (r: Rig<AmdUnit>) => send(r, NIC, index(0x41)).target?.vector;
    expect(vector(rig)).toBe(0x77);
    expect(vector(setDte(rig, NIC, 9, { IntCtl: 0 }))).toBeUndefined();
    expect(vector(setDte(rig, NIC, 9, { IntCtl: 1 }))).toBe(0x41);
    expect(vector(setDte(rig, NIC, 9, { IV: 0 }))).toBe(0x41);
    expect(event(send(setDte(rig, NIC, 9, { IntCtl: 3 }), NIC, index(1)))[0]).toBe(1);
    expect(send(rig, 0x200, index(1)).target).toBeUndefined();
  });

  it("never remaps other types: NMI passes with its bit only", () => {
    const nmi = { addressLo: 0xfee01000, addressHi: 0, data: 0x400 };
    const rig = setDte(amdRig(true, false), NIC, 9);
    expect(send(rig, NIC, nmi).target).toBeUndefined();
    expect(send(setDte(rig, NIC, 9, { NMIPass: 1 }), NIC, nmi).target?.delivery).toBe(4);
  });

  it("uses cached entries until INVALIDATE_INTERRUPT_TABLE names their requester", () => {
    let rig: Rig<AmdUnit> = setDte(amdRig(true, false), NIC, 9);
    rig = send(store(rig, long(3), [0x501, 0, 0x41, 0]), NIC, index(3));
    rig = store(rig, long(3), [0x501, 0, 0x42, 0]);
    const vector = (r: Rig<AmdUnit>) => send(r, NIC, index(3)).target?.vector;
    expect(vector(rig)).toBe(0x41);
    expect(vector(command(rig, [0x99, 5 << 28, 0, 0]))).toBe(0x41);
    expect(vector(command(rig, [NIC, 5 << 28, 0, 0]))).toBe(0x42);
    expect(vector(command(rig, [0, 8 << 28, 0, 0]))).toBe(0x42);
  });

  it("uses a cached device table entry until INVALIDATE_DEVTAB_ENTRY names it", () => {
    let rig: Rig<AmdUnit> = store(
      setDte(amdRig(true, false), NIC, 9),
      long(3),
      [0x501, 0, 0x41, 0],
    );
    rig = setDte(send(rig, NIC, index(3)), NIC, 9, { IntCtl: 0 });
    expect(send(rig, NIC, index(3)).target?.vector).toBe(0x41);
    expect(send(command(rig, [NIC, 2 << 28, 0, 0]), NIC, index(3)).target).toBeUndefined();
  });

  it("stores on COMPLETION_WAIT, and stops at a command that it does not know", () => {
    const wait = reg.amdFast.completionWait.encode({ S: 1, "Store Address": 0x900 / 8 });
    const rig = command(
      amdRig(true, false),
      [wait[0] as number, wait[1] as number, 7, 8],
      [0, 0xf0000000, 0, 0],
    );
    expect([word(rig, 0x900), word(rig, 0x904)]).toEqual([7, 8]);
    expect(readRegister(rig.unit, reg.CMD_HEAD, 4)).toBe(16);
    expect(readRegister(rig.unit, reg.STATUS, 4) & reg.CMD_BUF_RUN).toBe(0);
    expect(event(rig)[0]).toBe(5);
  });

  it("stops logging when the log is full", () => {
    let rig: Rig<AmdUnit> = setDte(amdRig(true, false), NIC, 9);
    for (let i = 0; i < 300; i++) rig = send(rig, NIC, index(i));
    expect(logged(rig)).toBe(255);
    expect(readRegister(rig.unit, reg.STATUS, 4) & reg.EVENT_OVERFLOW).toBe(1);
  });

  it("notes a request in guest mode in IRR of the virtual APIC page", () => {
    const entry = [0xc1, 0, 0x7000 | 0x95, 0];
    const rig = send(store(setDte(amdRig(true, true), NIC, 9), long(3), entry), NIC, index(3));
    expect(rig.target).toBeUndefined();
    expect(word(rig, 0x7000 + 0x200 + 0x10 * 4)).toBe(1 << 0x15);
  });
});
