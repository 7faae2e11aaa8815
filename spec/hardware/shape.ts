/**
 * What a machine is made of: PCI functions with their BARs and capabilities, CPUs with their local
 * APICs, a remapping unit. Shapes are static; what changes lives in models/hardware.
 */
import * as t from "io-ts";
import { boundedInt, Hex64 } from "../core/int.js";
import { tagged } from "../core/tagged.js";
import { type Message, Requester, Word32 } from "../irq/msi-message/vocabulary.js";

/** Bytes of conventional configuration space; a PCI Express function has 4096. */
export const CONFIG_BYTES = 256;
export const EXTENDED_CONFIG_BYTES = 4096;
export const MAX_BARS = 6;
/** PCIe 7.7.2: entries of an MSI-X table. */
export const MAX_MSIX_ENTRIES = 2048;
export const MSIX_ENTRY_BYTES = 16;

/** What a function sends: its requester id and the write. */
export type Sent = { readonly requester: number; readonly message: Message };

const BarKind = t.union(
  [t.literal("none"), t.literal("io"), t.literal("memory32"), t.literal("memory64")],
  '"none", "io", "memory32" or "memory64"',
);

/** A base address register. A 64-bit one takes the next one's place too, which is then "none". */
export const Bar = t.readonly(
  t.exact(
    t.type({
      kind: BarKind,
      /** As firmware assigned it; 0 is unassigned. */
      address: Hex64,
      /** Bytes, a power of two; 0 for "none". */
      size: boundedInt("BAR size", 0, 0x80000000),
    }),
  ),
  "base address register",
);
export type Bar = t.TypeOf<typeof Bar>;

const At = boundedInt("capability offset", 0, EXTENDED_CONFIG_BYTES - 1);
const Log2 = boundedInt("log2 of a message count", 0, 7);

const Bir = boundedInt("BIR", 0, 7);
const TableOffset = boundedInt("offset in the BAR", 0, 0xfffffff8);

export const CapabilityShape = tagged("capability", {
  /** `messages` is MMC as the register has it, log2; 6 and 7 are reserved values. */
  msi: { at: At, messages: Log2, is64: t.boolean, maskable: t.boolean },
  /** Offsets are in bytes, multiples of 8. */
  msix: {
    at: At,
    entries: boundedInt("MSI-X entries", 1, MAX_MSIX_ENTRIES),
    tableBar: Bir,
    tableOffset: TableOffset,
    pbaBar: Bir,
    pbaOffset: TableOffset,
  },
  /** Any other capability: an id on the chain with read-only content of zeros. */
  other: { at: At, id: boundedInt("capability id", 0, 255) },
});
export type CapabilityShape = t.TypeOf<typeof CapabilityShape>;
export type MsiShape = Extract<CapabilityShape, { kind: "msi" }>;
export type MsixShape = Extract<CapabilityShape, { kind: "msix" }>;

/** A 32-bit word of configuration space that overrides what the shape gives: malformed chains. */
export const Patch = t.readonly(
  t.exact(t.type({ at: At, value: Word32, writable: Word32 })),
  "patched word",
);
export type Patch = t.TypeOf<typeof Patch>;

export const FunctionShape = t.readonly(
  t.exact(
    t.type({
      /** bus [15:8], device [7:3], function [2:0]. */
      requester: Requester,
      /** Bits [6:0] of the header type: 0 endpoint, 1 bridge, 2 CardBus; bit 7 multifunction. */
      headerType: boundedInt("header type", 0, 255),
      vendor: boundedInt("vendor id", 0, 0xffff),
      device: boundedInt("device id", 0, 0xffff),
      /** PCI Express: 4096 bytes of configuration space instead of 256. */
      extended: t.boolean,
      bars: t.readonlyArray(Bar, "a list of base address registers"),
      /** Interrupt pin, 1 INTA# .. 4 INTD#; 0 none. */
      pin: boundedInt("interrupt pin", 0, 4),
      /** In the order of the chain. */
      capabilities: t.readonlyArray(CapabilityShape, "a list of capabilities"),
      /** Applied last; usually none. */
      patches: t.readonlyArray(Patch, "a list of patched words"),
    }),
  ),
  "PCI function",
);
export type FunctionShape = t.TypeOf<typeof FunctionShape>;

export const msiOf = (shape: FunctionShape): MsiShape | undefined =>
  shape.capabilities.find((c): c is MsiShape => c.kind === "msi");

export const msixOf = (shape: FunctionShape): MsixShape | undefined =>
  shape.capabilities.find((c): c is MsixShape => c.kind === "msix");
