/** Clauses MSI-CAP-7 to -11 and -14: what the capabilities say. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie } from "../../core/source.js";
import {
  CONTROL,
  MSI_64,
  MSI_MASKABLE,
  MSIX_BYTES,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
  MSIX_SIZE,
  msiOffsets,
} from "../../hardware/pci/capabilities.js";
import { CONFIG_BYTES } from "../../hardware/shape.js";
import {
  type CapabilityTransition,
  digest,
  failed,
  isEnabled,
  msiIn,
  msixControl,
  msixIn,
  readingIn,
} from "./judging.js";
import { capableOf } from "./reading.js";
import type { Of, Response } from "./vocabulary.js";

type T = CapabilityTransition;

const task = "T1.1";
const step = "step" as const;
const contract = "contract" as const;
const registers = linux("include/uapi/linux/pci_regs.h:PCI_MSI_FLAGS");
const msixRegisters = linux("include/uapi/linux/pci_regs.h:PCI_MSIX_TABLE");

const parseOf = (t: T, capability: "msi" | "msix"): Of<"parse"> | undefined =>
  t.command.kind === "parse" && t.command.capability === capability ? t.command : undefined;

const byte = (c: Of<"parse">, offset: number): number =>
  c.at + offset < c.length ? (c.bytes[offset] ?? 0) : 0;
const half = (c: Of<"parse">, offset: number): number =>
  byte(c, offset) | (byte(c, offset + 1) << 8);
const word = (c: Of<"parse">, offset: number): number =>
  (half(c, offset) | (half(c, offset + 2) << 16)) >>> 0;

const control = (c: Of<"parse">): number => half(c, CONTROL);

/** Bytes of the structure that the control word describes. */
const sizeOf = (c: Of<"parse">): number =>
  c.capability === "msix"
    ? MSIX_BYTES
    : msiOffsets((control(c) & MSI_64) !== 0, (control(c) & MSI_MASKABLE) !== 0).size;

/** All of it is in the buffer, and in the first 256 bytes. */
const whole = (c: Of<"parse">): boolean => {
  const limit = Math.min(c.length, CONFIG_BYTES);
  return c.at + CONTROL + 2 <= limit && c.at + sizeOf(c) <= limit;
};

const wholeMsi = (t: T): Of<"parse"> | undefined => {
  const c = parseOf(t, "msi");
  return c !== undefined && whole(c) ? c : undefined;
};
const wholeMsix = (t: T): Of<"parse"> | undefined => {
  const c = parseOf(t, "msix");
  return c !== undefined && whole(c) ? c : undefined;
};

const mmc = (c: Of<"parse">): number => (control(c) >>> 1) & 7;

const msiFields = (t: T): Extract<Response, { kind: "msi" }> | undefined =>
  t.response.kind === "msi" ? t.response : undefined;
const msixFields = (t: T): Extract<Response, { kind: "msix" }> | undefined =>
  t.response.kind === "msix" ? t.response : undefined;

/** A reader may refuse a BIR that is reserved. */
const reservedBir = (c: Of<"parse">): boolean => (word(c, 4) & 7) > 5 || (word(c, 8) & 7) > 5;

const soundOffsets = (t: T, c: Of<"parse">): boolean => {
  const said = msiFields(t);
  if (said === undefined) return false;
  const is64 = (control(c) & MSI_64) !== 0;
  const maskable = (control(c) & MSI_MASKABLE) !== 0;
  const places = msiOffsets(is64, maskable);
  return (
    said.is64 === is64 &&
    said.maskable === maskable &&
    said.address === places.address &&
    said.addressHigh === Math.max(places.addressHigh, 0) &&
    said.data === places.data &&
    said.mask === Math.max(places.mask, 0) &&
    said.pending === Math.max(places.pending, 0) &&
    said.size === places.size &&
    said.enabled === ((control(c) & 1) !== 0) &&
    said.allocatedLog2 === ((control(c) >>> 4) & 7)
  );
};

/** A request to a capability that would end beyond the first 256 bytes. */
const cutShort = (t: T): boolean => {
  const { command } = t;
  if (readingIn(t)?.sound !== true) return false;
  if (command.kind === "enableMsi") return msiIn(t)?.fits === false;
  return command.kind === "enableMsix" && msixIn(t)?.fits === false;
};

export const parseClauses: readonly Clause<T>[] = [
  {
    id: "MSI-CAP-7",
    title:
      "the four shapes of an MSI capability: 64-bit data at +12 and never at +8, Mask and Pending " +
      "exactly with control bit 8, and the size that follows",
    level: contract,
    kind: step,
    source: [registers, pcie("7.7.1")],
    task,
    on: ["parse"],
    applies: (t) => {
      const c = wholeMsi(t);
      return c !== undefined && mmc(c) <= 5;
    },
    holds: (t) => soundOffsets(t, wholeMsi(t) as Of<"parse">),
  },
  {
    id: "MSI-CAP-8",
    title: "a function can send 2^MMC messages; MMC 6 and 7 are refused or mean 32, never more",
    level: contract,
    kind: step,
    source: [pcie("7.7.1.2")],
    task,
    on: ["parse", "enableMsi"],
    applies: (t) => wholeMsi(t) !== undefined || isEnabled(t, "enableMsi"),
    holds: (t) => {
      if (t.response.kind === "enabled") {
        const msi = msiIn(t);
        return msi !== undefined && t.response.count <= capableOf(msi);
      }
      const log2 = mmc(wholeMsi(t) as Of<"parse">);
      const said = msiFields(t)?.capable;
      if (log2 <= 5) return said === 2 ** log2;
      return said === undefined ? t.response.kind === "refused" : said <= 32;
    },
  },
  {
    id: "MSI-CAP-9",
    title:
      "a capability that does not end within its buffer and within the first 256 bytes is refused",
    level: contract,
    kind: step,
    source: [pcie("7.5.3")],
    task,
    on: ["parse", "enableMsi", "enableMsix"],
    applies: (t) => (t.command.kind === "parse" ? !whole(t.command) : cutShort(t)),
    holds: (t) => t.response.kind === "refused" || failed(t),
  },
  {
    id: "MSI-CAP-10",
    title: "an MSI-X table has control bits [10:0] plus one entries, 1 to 2048",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.h:msix_table_size"), pcie("7.7.2.2")],
    task,
    on: ["parse"],
    applies: (t) => wholeMsix(t) !== undefined && msixFields(t) !== undefined,
    holds: (t) => msixFields(t)?.entries === (control(wholeMsix(t) as Of<"parse">) & MSIX_SIZE) + 1,
  },
  {
    id: "MSI-CAP-11",
    title:
      "table and PBA stand at their register with bits [2:0] cleared, in the BAR that these bits " +
      "name; entry i pends at bit i of the array; no write misses the table",
    level: contract,
    kind: step,
    source: [msixRegisters, pcie("7.7.2.3")],
    task,
    on: ["parse", "pendingBit", "enableMsix"],
    applies: (t) =>
      wholeMsix(t) !== undefined || t.command.kind === "pendingBit" || isEnabled(t, "enableMsix"),
    holds: (t) => {
      if (t.command.kind === "enableMsix") return !digest(t).astray;
      if (t.command.kind === "pendingBit") {
        return (
          t.response.kind === "bit" && 8 * t.response.offset + t.response.bit === t.command.entry
        );
      }
      const c = wholeMsix(t) as Of<"parse">;
      const said = msixFields(t);
      if (said === undefined) return reservedBir(c) && t.response.kind === "refused";
      return (
        said.tableBar === (word(c, 4) & 7) &&
        said.tableOffset === (word(c, 4) & ~7) >>> 0 &&
        said.pbaBar === (word(c, 8) & 7) &&
        said.pbaOffset === (word(c, 8) & ~7) >>> 0
      );
    },
  },
  {
    id: "MSI-CAP-14",
    title:
      "MSI-X control bit 15 is Enable and bit 14 Function Mask: a reader says so, and after setup " +
      "the first is set and the second clear",
    level: contract,
    kind: step,
    source: [linux("include/uapi/linux/pci_regs.h:PCI_MSIX_FLAGS"), pcie("7.7.2.2")],
    task,
    on: ["parse", "enableMsix"],
    applies: (t) =>
      (wholeMsix(t) !== undefined && msixFields(t) !== undefined) || isEnabled(t, "enableMsix"),
    holds: (t) => {
      if (t.command.kind === "parse") {
        const said = msixFields(t);
        const bits = control(t.command);
        return (
          said?.enabled === ((bits & MSIX_ENABLE) !== 0) &&
          said.functionMask === ((bits & MSIX_FUNCTION_MASK) !== 0)
        );
      }
      const msix = msixIn(t);
      const bits = msix === undefined ? 0 : msixControl(msix, t.after.hardware);
      return (bits & (MSIX_ENABLE | MSIX_FUNCTION_MASK)) === MSIX_ENABLE;
    },
  },
];
