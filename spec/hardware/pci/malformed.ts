/** Functions whose capability chain is broken in one way each, and chains that only look so. */
import type { FunctionShape, Patch } from "../shape.js";
import { EXPRESS_ID, endpoint, msi, msix, other, PM_ID, VENDOR_ID } from "./profiles.js";

/** A read-only word. */
const word = (at: number, value: number): Patch => ({ at, value, writable: 0 });

/** The header of a capability without content: id and next pointer. */
const header = (at: number, id: number, next: number): Patch => word(at, (next << 8) | id);

/** The word with the first pointer, at 0x34. */
const first = (pointer: number): Patch => word(0x34, pointer);

const STATUS_LIST = 0x0010_0000;
const COMMAND_BITS = 0x0547;

export const malformed = {
  /** Three headers in a ring. */
  cycle: endpoint({
    capabilities: [other(0x40, PM_ID), other(0x50, VENDOR_ID), other(0x60, EXPRESS_ID)],
    patches: [header(0x60, EXPRESS_ID, 0x50)],
  }),
  selfLoop: endpoint({
    capabilities: [other(0x40, PM_ID)],
    patches: [header(0x40, PM_ID, 0x40)],
  }),
  /** A header of all ones ends the walk before the MSI behind it. */
  idAllOnes: endpoint({
    capabilities: [other(0x40, PM_ID), other(0x50, 0xff), msi(0x60, 0, true, false)],
  }),
  /** A null capability before the MSI; it does not end the list. */
  idZero: endpoint({
    capabilities: [other(0x40, 0), msi(0x60, 0, true, false)],
  }),
  /** Well-formed: pointers go down and up again. */
  backwards: endpoint({
    bars: [{ kind: "memory32", address: 0xe4000000n, size: 0x2000 }],
    capabilities: [other(0x80, PM_ID), msi(0x50, 0, true, false), msix(0x60, 4, 0, 0x1000)],
  }),
  /** Low two bits of a pointer are dropped: MSI is found at 0x40. */
  unaligned: endpoint({
    capabilities: [msi(0x40, 0, true, false)],
    patches: [first(0x41)],
  }),
  /** Below 0x40 the list ends, and this is tested before the low bits are dropped. */
  pointerBelow: endpoint({
    capabilities: [msi(0x40, 0, true, false)],
    patches: [first(0x3d)],
  }),
  /** Of two equal ids the first is the one that works. */
  twoEqual: endpoint({
    capabilities: [msi(0x50, 2, true, true), msi(0x70, 0, false, false)],
  }),
  /** The structure passes the end of the space: 24 bytes from 0xf0 on. */
  nearTheEnd: endpoint({ capabilities: [msi(0xf0, 2, true, true)] }),
  /** The last position of all; only the header fits. */
  lastHeader: endpoint({ capabilities: [other(0x40, PM_ID), msi(0xfc, 0, true, false)] }),
  /** As many headers as leave room for MSI-X, which is the last. */
  longest: endpoint({
    bars: [{ kind: "memory32", address: 0xe4000000n, size: 0x2000 }],
    capabilities: [
      // MSI-X takes the lowest three positions, the headers above it come first.
      ...Array.from({ length: 45 }, (_x, i) => other(0x4c + 4 * i, VENDOR_ID)),
      msix(0x40, 4, 0, 0x1000),
    ],
  }),
  /** The status register says that there is no list although pointer and header are there. */
  noList: endpoint({
    capabilities: [msi(0x50, 0, true, false)],
    patches: [{ at: 0x04, value: 0x0004, writable: COMMAND_BITS }],
  }),
  /** The status register promises a list, the pointer says it is empty. */
  emptyList: endpoint({
    patches: [{ at: 0x04, value: STATUS_LIST | 0x0004, writable: COMMAND_BITS }],
  }),
  /** A header type that no document gives a capability pointer. */
  unknownHeader: endpoint({ headerType: 3, capabilities: [msi(0x50, 0, true, false)] }),
  /** MMC values 6 and 7 are reserved. */
  reservedCount: endpoint({ capabilities: [msi(0x50, 7, true, true)] }),
  /** BIR values 6 and 7 are reserved. */
  reservedBir: endpoint({
    bars: [{ kind: "memory32", address: 0xe4000000n, size: 0x2000 }],
    capabilities: [msix(0x60, 4, 0, 0x1000, { table: 6, pba: 7 })],
  }),
  /** The table passes the end of its BAR by one entry. */
  tableBeyondBar: endpoint({
    bars: [{ kind: "memory32", address: 0xe4000000n, size: 0x1000 }],
    capabilities: [msix(0x60, 5, 0x1000 - 64, 0x800)],
  }),
} as const satisfies Readonly<Record<string, FunctionShape>>;

export type MalformedName = keyof typeof malformed;
