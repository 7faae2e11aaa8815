/**
 * What a kernel does to a remapping unit, in the fewest register writes: for models of kernels
 * whose own register sequences are not what is judged.
 */
import {
  CMD_BUF_EN,
  CONTROL,
  DEVTAB,
  DTE_BYTES,
  DTE_INTERRUPT_OFFSET,
  EVENT_LOG_EN,
  EVTLOG,
  GA_EN,
  IOMMU_EN,
  XT_EN_HIGH,
} from "../../../spec/hardware/remapping/amd.js";
import { GCMD, IRE, IRTA, SIRTP } from "../../../spec/hardware/remapping/intel.js";
import { fast } from "../../../spec/irq/msi-message/layout.js";
import { type Address, type Memory, readWords, writeWords } from "../memory.js";
import { writeAmd } from "./amd-access.js";
import { type AmdUnit, baseOf } from "./amd-state.js";
import { dropRange, dropTable } from "./cache.js";
import { writeIntel } from "./intel-access.js";
import type { IntelUnit } from "./intel-state.js";
import type { Access } from "./result.js";

type Unit = IntelUnit | AmdUnit;

const low = (address: number): number => address % 0x100000000;
const high = (address: number): number => Math.floor(address / 0x100000000);

/** Latches a table of 2^(size + 1) entries and switches remapping on, compatibility blocked. */
export const enableIntel = (
  unit: IntelUnit,
  memory: Memory,
  table: number,
  size: number,
  eim: boolean,
): Access<IntelUnit> => {
  const irta = (low(table) | (eim ? 0x800 : 0) | size) >>> 0;
  const writes = [
    [IRTA, irta],
    [IRTA + 4, high(table)],
    [GCMD, SIRTP],
    [GCMD, IRE],
  ] as const;
  return writes.reduce<Access<IntelUnit>>(
    (at, [offset, value]) => writeIntel(at.unit, at.memory, offset, value),
    { unit, memory, own: [] },
  );
};

/** Device table and event log of one page each way, and the unit on; `ga` for long entries. */
export const enableAmd = (
  unit: AmdUnit,
  memory: Memory,
  tables: { readonly devices: number; readonly pages: number; readonly log: number },
  ga: boolean,
  xt: boolean,
): Access<AmdUnit> => {
  const { devices, pages, log } = tables;
  const control = IOMMU_EN | EVENT_LOG_EN | CMD_BUF_EN | (ga ? GA_EN : 0);
  const writes = [
    [DEVTAB, (low(devices) | (pages - 1)) >>> 0],
    [DEVTAB + 4, high(devices)],
    [EVTLOG, low(log)],
    // 256 entries of 16 bytes: a page.
    [EVTLOG + 4, (high(log) | (8 << 24)) >>> 0],
    [CONTROL + 4, xt ? XT_EN_HIGH : 0],
    [CONTROL, control],
  ] as const;
  return writes.reduce<Access<AmdUnit>>(
    (at, [offset, value]) => writeAmd(at.unit, at.memory, offset, value),
    { unit, memory, own: [] },
  );
};

const tableRoot = fast.dteInterrupt.reader("IntTabRoot");

/** Where an entry stands in memory; AMD: in the table that the requester's device entry names. */
export const entryAddress = (
  unit: Unit,
  memory: Memory,
  requester: number,
  index: number,
): number => {
  if (unit.kind === "intel") return (unit.latched?.base ?? 0) + 16 * index;
  const device = baseOf(unit.deviceTable) + DTE_BYTES * requester + DTE_INTERRUPT_OFFSET;
  const bytes = unit.shape.ga && (unit.control[0] & GA_EN) !== 0 ? 16 : 4;
  return tableRoot(readWords(memory, device, 2)) * 64 + bytes * index;
};

/** Stores an entry's words at an address of {@link entryAddress}. */
export const setEntry = (memory: Memory, address: Address, words: readonly number[]): Memory =>
  writeWords(memory, address, words);

/** The hardware forgets entries [index, index + count); AMD: all of the requester's table. */
export const dropEntries = <U extends Unit>(
  unit: U,
  requester: number,
  index: number,
  count: number,
): U => {
  const cache =
    unit.kind === "intel"
      ? dropRange(unit.cache, 0, index, count)
      : dropTable(unit.cache, requester);
  return cache === unit.cache ? unit : { ...unit, cache };
};

/** The hardware forgets every entry, and AMD every device table entry. */
export const dropEverything = <U extends Unit>(unit: U): U =>
  unit.kind === "intel" ? { ...unit, cache: [] } : { ...unit, cache: [], devices: [] };
