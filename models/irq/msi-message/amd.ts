/** AMD interrupt remapping, drivers/iommu/amd/iommu.c: encodings and the index search. */
import { decode, encode } from "../../../spec/core/bits.js";
import { dteInterrupt, fast } from "../../../spec/irq/msi-message/layout.js";
import {
  type Block,
  type Entry,
  IOAPIC_INDICES,
  type Message,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { firstGap, roundUp } from "./intel.js";

/** drivers/iommu/amd/iommu.c fill_msi_msg(): the datum is the index, whatever the entry says. */
export const amdMessage = (index: number, supports2k: boolean): Message => {
  const [lo, hi] = fast.amdAddress.encode({ DM: supports2k ? 1 : 0 });
  const [data] = fast.amdData.encode({ Index: index });
  return { addressLo: lo as number, addressHi: hi as number, data: data as number };
};

/** The index of a message; undefined where address or data is not of that form. */
export const decodeAmdMessage = (message: Message, supports2k: boolean): number | undefined => {
  const address = [message.addressLo, message.addressHi];
  if (!fast.amdAddress.sound(address) || !fast.amdData.sound([message.data])) return undefined;
  if (fast.amdAddress.get(address, "DM") !== (supports2k ? 1 : 0)) return undefined;
  return message.data & 0x7ff;
};

export type AmdIrte = {
  readonly vector: number;
  readonly dest: number;
  readonly logical: boolean;
  /** RemapEn; prepared entries have it set. */
  readonly present?: boolean;
};

/** irte_prepare(): the short form, destinations of eight bits. */
export const encodeAmdIrte32 = (irte: AmdIrte): Entry =>
  fast.amdIrte32.encode({
    RemapEn: irte.present === false ? 0 : 1,
    DM: irte.logical ? 1 : 0,
    Destination: irte.dest,
    Vector: irte.vector,
  });

/** irte_ga_prepare(): the destination is split, bits [23:0] low and [31:24] high. */
export const encodeAmdIrteGa = (irte: AmdIrte): Entry =>
  fast.amdGaRemap.encode({
    RemapEn: irte.present === false ? 0 : 1,
    DM: irte.logical ? 1 : 0,
    Destination: irte.dest,
    Vector: irte.vector,
  });

export const encodeAmdIrte = (irte: AmdIrte, ga: boolean): Entry =>
  ga ? encodeAmdIrteGa(irte) : encodeAmdIrte32(irte);

export type DecodedAmdIrte = Required<AmdIrte> & { readonly delivery: number };

/** The fields of a short entry; undefined with reserved bits set. */
export const decodeAmdIrte32 = (entry: Entry): DecodedAmdIrte | undefined => {
  const l = fast.amdIrte32;
  if (!l.sound(entry)) return undefined;
  return {
    present: l.get(entry, "RemapEn") === 1,
    logical: l.get(entry, "DM") === 1,
    delivery: l.get(entry, "IntType"),
    dest: l.get(entry, "Destination"),
    vector: l.get(entry, "Vector"),
  };
};

/** The fields of a long entry that is remapped; undefined in guest mode or with reserved bits. */
export const decodeAmdIrteGa = (entry: Entry): DecodedAmdIrte | undefined => {
  const l = fast.amdGaRemap;
  if (!l.sound(entry)) return undefined;
  return {
    present: l.get(entry, "RemapEn") === 1,
    logical: l.get(entry, "DM") === 1,
    delivery: l.get(entry, "IntType"),
    dest: l.get(entry, "Destination"),
    vector: l.get(entry, "Vector"),
  };
};

/** amd_iommu_activate_guest_mode(): the guest's vAPIC page; destination kept for wake-ups. */
export const guestEntry = (from: Entry, page: bigint, vector: number): Entry =>
  fast.amdGaGuest.encode({
    RemapEn: 1,
    GALogIntr: 1,
    Vector: vector,
    Destination: fast.amdGaRemap.get(from, "Destination"),
    "vAPIC root pointer": Number((page >> 12n) & 0xffffffffffn),
  });

/** irte_set_allocated() and irte_ga_set_allocated(): taken, not valid. */
export const allocatedMark = (ga: boolean): Entry => (ga ? [0, 0, 0xff, 0] : [0xfffffffe]);

/** alloc_irq_index(): first free run, aligned for MSI, from 32 on where an IO-APIC has pins. */
export const findAmdIndex = (
  blocks: readonly Pick<Block, "base" | "size">[],
  entries: number,
  count: number,
  aligned: boolean,
  ioApic: boolean,
): number | undefined =>
  firstGap(blocks, entries, ioApic ? IOAPIC_INDICES : 0, count, aligned ? roundUp(count) : 1);

/** set_dte_irq_entry(): IV, length code, root and IntCtl = remap; the other bits are kept. */
export const dteWord = (before: bigint, table: bigint, entries: number): bigint =>
  encode(dteInterrupt, {
    ...decode(dteInterrupt, before),
    IV: 1,
    IntTabLen: Math.log2(entries),
    IntTabRoot: (table >> 6n) & ((1n << 46n) - 1n),
    IntCtl: REMAP,
  });

/** IntCtl: interrupts of the device are remapped. */
const REMAP = 2;
