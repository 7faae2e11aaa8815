/**
 * Functions that QEMU 7.2 offers, as its configuration space reads through ports 0xCF8/0xCFC:
 * the first 256 bytes, also of PCI Express functions. Command and BARs stand as an adapter
 * programs them in firmware's place.
 *
 * QUIRK: what lies outside of capability structures keeps what is written; the memory is plain.
 */
import type { FunctionShape, Patch } from "../shape.js";
import { BUS_MASTER, CAPABILITY_LIST, IO_DECODE, MEMORY_DECODE } from "./header.js";
import {
  EXPRESS_ID,
  endpoint,
  ioBar,
  memory32,
  memory64,
  msi,
  msix,
  other,
  PM_ID,
} from "./profiles.js";

/** SSVID capability of bridges. */
const SSVID_ID = 0x0d;

const word = (at: number, value: number, writable = 0): Patch => ({ at, value, writable });

/** Bytes [start, end) that keep what is written; the last word is moved down to end there. */
const plain = (start: number, end: number): readonly Patch[] => {
  const patches: Patch[] = [];
  for (let at = start; at < end; at += 4) {
    patches.push(word(Math.min(at, end - 4), 0, 0xffffffff));
  }
  return patches;
};

/** The command bits that QEMU keeps: no parity error response. */
const command = (bits: number): Patch => word(0x04, (CAPABILITY_LIST << 16) | bits, 0x0507);

const memoryCommand = command(MEMORY_DECODE | BUS_MASTER);

/** The PCI Express capability: header with its control word, device capabilities, the rest. */
const express = (at: number, header: number, capabilities: number): readonly Patch[] => [
  word(at, header),
  word(at + 4, capabilities),
  word(at + 12, 0x00000411),
  word(at + 16, 0x00110000),
  word(at + 36, 0x00300000),
  word(at + 40, 0, 0x8000),
];

/** The teaching device. */
export const qemuEdu: FunctionShape = endpoint({
  requester: 0x0018,
  vendor: 0x1234,
  device: 0x11e8,
  bars: [memory32(0xe0000000n, 0x100000)],
  capabilities: [msi(0x40, 0, true, false)],
  patches: [memoryCommand, word(0x08, 0x00ff0010), word(0x2c, 0x11001af4), ...plain(0x4e, 0x100)],
});

export const qemuNvme: FunctionShape = endpoint({
  requester: 0x0020,
  vendor: 0x1b36,
  device: 0x0010,
  bars: memory64(0xe0200000n, 0x4000),
  capabilities: [msix(0x40, 65, 0x2000, 0x3000), other(0x80, EXPRESS_ID), other(0x60, PM_ID)],
  patches: [
    memoryCommand,
    word(0x08, 0x01080202),
    word(0x2c, 0x11001af4),
    ...plain(0x4c, 0x60),
    word(0x60, 0x00030001),
    word(0x64, 0x00000008, 0x00000003),
    ...plain(0x68, 0x80),
    ...express(0x80, 0x00926010, 0x10008000),
    ...plain(0xbc, 0x100),
  ],
});

export const qemuE1000e: FunctionShape = endpoint({
  requester: 0x0028,
  vendor: 0x8086,
  device: 0x10d3,
  bars: [
    memory32(0xe0300000n, 0x20000),
    memory32(0xe0320000n, 0x20000),
    ioBar(0xc000n, 0x20),
    memory32(0xe0340000n, 0x4000),
  ],
  capabilities: [
    other(0xc8, PM_ID),
    msi(0xd0, 0, true, false),
    other(0xe0, EXPRESS_ID),
    msix(0xa0, 5, 0x0000, 0x2000, { table: 3 }),
  ],
  patches: [
    command(IO_DECODE | MEMORY_DECODE | BUS_MASTER),
    word(0x08, 0x02000000),
    word(0x2c, 0x00008086),
    word(0x30, 0, 0xfffc0001),
    ...plain(0x40, 0xa0),
    ...plain(0xac, 0xc8),
    word(0xc8, 0x0022d001),
    word(0xcc, 0, 0x00001f03),
    ...plain(0xde, 0xe0),
    word(0xe0, 0x0091a010),
    word(0xe4, 0x00008000),
    word(0xec, 0x00000411),
    word(0xf0, 0x00110000),
    ...plain(0xf4, 0x100),
  ],
});

/** A USB controller with 16 MSI messages and 16 MSI-X entries. */
export const qemuXhci: FunctionShape = endpoint({
  requester: 0x0030,
  vendor: 0x1033,
  device: 0x0194,
  bars: memory64(0xe0400000n, 0x4000),
  capabilities: [
    msix(0x90, 16, 0x3000, 0x3800),
    other(0xa0, EXPRESS_ID),
    msi(0x70, 4, true, false),
  ],
  patches: [
    memoryCommand,
    word(0x08, 0x0c033003),
    word(0x2c, 0x11001af4),
    ...plain(0x40, 0x70),
    word(0x60, 0x00000030, 0xffffffff),
    ...plain(0x7e, 0x90),
    ...plain(0x9c, 0xa0),
    ...express(0xa0, 0x00927010, 0x00008000),
    ...plain(0xdc, 0x100),
  ],
});

/** A root port: bridge header, 32-bit MSI of two messages with mask and pending bits. */
export const qemuRootPort: FunctionShape = endpoint({
  requester: 0x0038,
  headerType: 1,
  vendor: 0x8086,
  device: 0x3420,
  capabilities: [other(0x90, EXPRESS_ID), msi(0x60, 1, false, true), other(0x40, SSVID_ID)],
  patches: [
    command(BUS_MASTER),
    word(0x08, 0x06040002),
    // QUIRK: the secondary latency timer keeps what is written.
    word(0x18, 0, 0xffffffff),
    word(0x1c, 0x000000f0, 0x0000f0f0),
    word(0x20, 0x0000fff0, 0xfff0fff0),
    word(0x24, 0x0001fff1, 0xfff0fff0),
    word(0x44, 0x00008086),
    ...plain(0x48, 0x60),
    ...plain(0x74, 0x90),
    ...express(0x90, 0x01426010, 0x00008000),
    word(0x98, 0, 0x0000000f),
    word(0xa4, 0x0002007b),
    // QUIRK: the slot's presence and data link bits change with what is written here.
    word(0xa8, 0x000007c0, 0x000007f9),
    word(0xac, 0, 0x00000007),
    word(0xb4, 0x00300020),
    word(0xb8, 0, 0x00008020),
    ...plain(0xcc, 0x100),
  ],
});

export const qemuFunctions: readonly FunctionShape[] = [
  qemuEdu,
  qemuNvme,
  qemuE1000e,
  qemuXhci,
  qemuRootPort,
];
