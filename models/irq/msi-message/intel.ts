/** Intel interrupt remapping, drivers/iommu/intel/irq_remapping.c: encodings and searches. */
import { fast } from "../../../spec/irq/msi-message/layout.js";
import type { Alias, Block, Entry, Message } from "../../../spec/irq/msi-message/vocabulary.js";

/** drivers/iommu/intel/irq_remapping.c fill_msi_msg(): SHV and format are always set. */
export const remappableMessage = (index: number, subhandle: number): Message => {
  const [lo, hi] = fast.remappableAddress.encode({ Handle: index, SHV: 1 });
  const [data] = fast.remappableData.encode({ Subhandle: subhandle });
  return { addressLo: lo as number, addressHi: hi as number, data: data as number };
};

/** Handle and subhandle of a remappable message; undefined for any other write. */
export const decodeRemappable = (
  message: Message,
): { handle: number; shv: boolean; subhandle: number } | undefined => {
  const address = [message.addressLo, message.addressHi];
  if (!fast.remappableAddress.sound(address)) return undefined;
  return {
    handle: fast.remappableAddress.get(address, "Handle"),
    shv: fast.remappableAddress.get(address, "SHV") === 1,
    subhandle: message.data & 0xffff,
  };
};

export type SourceCheck = { readonly svt: number; readonly sq: number; readonly sid: number };

export type IntelIrte = SourceCheck & {
  readonly vector: number;
  readonly dest: number;
  readonly logical: boolean;
};

/** The field DST holds: in xAPIC mode the id stands eight bits higher. */
export const destinationField = (dest: number, eim: boolean): number => (eim ? dest : dest << 8);

/**
 * drivers/iommu/intel/irq_remapping.c prepare_irte() with set_irte_sid(). Linux sets the
 * redirection hint, so that with a logical destination hardware may pick among its CPUs.
 */
export const encodeIntelIrte = (irte: IntelIrte, eim: boolean): Entry =>
  fast.intelRemapped.encode({
    P: 1,
    DM: irte.logical ? 1 : 0,
    RH: 1,
    V: irte.vector,
    DST: destinationField(irte.dest, eim),
    SID: irte.sid,
    SQ: irte.sq,
    SVT: irte.svt,
  });

export type DecodedIntelIrte = IntelIrte & {
  readonly present: boolean;
  readonly fpd: boolean;
  readonly hint: boolean;
  readonly level: boolean;
  readonly delivery: number;
  readonly available: number;
};

const r = fast.intelRemapped;
const dst = r.reader("DST");

/** The fields of a remapped entry; undefined for a posted one or one with reserved bits set. */
export const decodeIntelIrte = (entry: Entry, eim: boolean): DecodedIntelIrte | undefined => {
  if (!r.sound(entry)) return undefined;
  const field = dst(entry);
  return {
    present: r.get(entry, "P") === 1,
    fpd: r.get(entry, "FPD") === 1,
    logical: r.get(entry, "DM") === 1,
    hint: r.get(entry, "RH") === 1,
    level: r.get(entry, "TM") === 1,
    delivery: r.get(entry, "DLM"),
    available: r.get(entry, "AVAIL"),
    vector: r.get(entry, "V"),
    dest: eim ? field : field >>> 8,
    sid: r.get(entry, "SID"),
    sq: r.get(entry, "SQ"),
    svt: r.get(entry, "SVT"),
  };
};

/** intel_ir_set_vcpu_affinity(): the posted form keeps the source check of the remapped one. */
export const postedEntry = (from: Entry, descriptor: bigint, vector: number): Entry => {
  const source = r;
  return fast.intelPosted.encode({
    P: 1,
    V: vector,
    PDAL: Number((descriptor >> 6n) & 0x3ffffffn),
    PDAH: Number((descriptor >> 32n) & 0xffffffffn),
    SID: source.get(from, "SID"),
    SQ: source.get(from, "SQ"),
    SVT: source.get(from, "SVT"),
  });
};

/** Smallest power of two that is not below `count`. */
export const roundUp = (count: number): number => {
  let size = 1;
  while (size < count) size *= 2;
  return size;
};

export const orderOf = (count: number): number => Math.log2(roundUp(count));

/**
 * The lowest run of `size` free indices at or after `from` that starts at a multiple of `align`.
 * `blocks` ascend by base. Undefined when the table has none.
 */
export const firstGap = (
  blocks: readonly Pick<Block, "base" | "size">[],
  entries: number,
  from: number,
  size: number,
  align: number,
): number | undefined => {
  const up = (index: number): number => Math.ceil(index / align) * align;
  let at = up(from);
  for (const block of blocks) {
    if (block.base >= at + size) break;
    if (block.base + block.size > at) at = up(block.base + block.size);
  }
  return at + size <= entries ? at : undefined;
};

/** alloc_irte(): the lowest free region of 2^order entries, aligned to its size. */
export const findIntelIndex = (
  blocks: readonly Pick<Block, "base" | "size">[],
  entries: number,
  count: number,
): number | undefined => {
  const size = roundUp(count);
  return firstGap(blocks, entries, 0, size, size);
};

const busOf = (id: number): number => id >>> 8;

/**
 * set_msi_sid(): the requester check of a device, from the aliases met on the way to the root.
 * `aliases` come after the device's own id, in the order of the walk.
 */
export const chooseSource = (requester: number, aliases: readonly Alias[]): SourceCheck => {
  let last: Alias = { alias: requester, reporter: requester };
  let sameBus = 1;
  for (const step of aliases) {
    if (busOf(step.alias) === busOf(last.alias)) sameBus++;
    last = step;
  }
  const count = aliases.length + 1;
  const bus = busOf(requester);
  const range = (first: number): SourceCheck => ({ svt: 2, sq: 0, sid: (first << 8) | bus });
  // A PCIe-to-PCI bridge answers for its secondary bus with any device number.
  if (busOf(last.alias) !== busOf(last.reporter)) return range(busOf(last.alias));
  // Several ids, all on one bus: accept that bus.
  if (count >= 2 && sameBus === count) return range(bus);
  // A conventional bridge puts its own id on every request.
  if (busOf(last.reporter) !== bus) return { svt: 1, sq: 0, sid: last.alias };
  return { svt: 1, sq: 0, sid: requester };
};

/** set_msi_sid() under `intremap=nosid`. */
export const noSource: SourceCheck = { svt: 0, sq: 0, sid: 0 };
