/** Clauses MSI-CAP-12, -13 and -15: probing, and the windows of MSI-X in their BARs. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie } from "../../core/source.js";
import { CONTROL, MSI_ENABLE, MSIX_ENABLE } from "../../hardware/pci/capabilities.js";
import {
  askedRightly,
  busOf,
  type CapabilityTransition,
  digest,
  failed,
  fitting,
  msiIn,
  msixIn,
  readingIn,
} from "./judging.js";
import { usable } from "./reading.js";
import { afterReset, Registers } from "./registers.js";
import type { Hardware, Of } from "./vocabulary.js";

type T = CapabilityTransition;

const task = "T1.1";
const step = "step" as const;
const contract = "contract" as const;
const map = linux("drivers/pci/msi/msi.c:msix_map_region");

/** Both windows are in BARs that can hold any. */
const mappable = (t: T): boolean => {
  const msix = msixIn(t);
  const { plug } = t.after;
  if (msix === undefined || plug === undefined) return false;
  return usable(plug, msix.tableBar) && usable(plug, msix.pbaBar);
};

/** Configuration space as the kernel found it: after reset, and after earlier writes. */
const asFound = (t: T, plug: Of<"plug">): Registers | undefined => {
  const reading = readingIn(t);
  if (reading === undefined) return undefined;
  const registers = new Registers(reading, afterReset(reading));
  for (const left of plug.left) registers.write({ ...left, write: true, width: 4 });
  return registers;
};

/** Where the control word of each capability stands, and its Enable bit. */
const controls = (t: T): readonly (readonly [number, number])[] => {
  const msi = msiIn(t);
  const msix = msixIn(t);
  const places: (readonly [number, number])[] = [];
  if (msi !== undefined) places.push([msi.at + CONTROL, MSI_ENABLE]);
  if (msix !== undefined) places.push([msix.at + CONTROL, MSIX_ENABLE]);
  return places;
};

const cleared = (found: Registers, hardware: Hardware, at: number, bit: number): boolean =>
  hardware.config(at, 2) === (found.half(at) & ~bit);

export const setupClauses: readonly Clause<T>[] = [
  {
    id: "MSI-CAP-12",
    title:
      "BIR 6 or 7, or a BAR that is absent, I/O space or unassigned, makes MSI-X setup fail before " +
      "any write into a BAR",
    level: contract,
    kind: step,
    source: [map, pcie("7.7.2.3")],
    task,
    on: ["enableMsix"],
    applies: (t) => t.command.kind === "enableMsix" && askedRightly(t, t.command) && !mappable(t),
    holds: (t) => failed(t) && digest(t).barWrites === 0,
  },
  {
    id: "MSI-CAP-13",
    title:
      "table and PBA must lie in their BARs: a window that ends where its BAR ends is accepted, " +
      "one byte more is refused before any write into a BAR",
    level: contract,
    kind: step,
    source: [pcie("7.7.2.3")],
    task,
    on: ["enableMsix"],
    applies: (t) => t.command.kind === "enableMsix" && askedRightly(t, t.command) && mappable(t),
    holds: (t) =>
      fitting(t) ? t.response.kind === "enabled" : failed(t) && digest(t).barWrites === 0,
  },
  {
    id: "MSI-CAP-15",
    title:
      "a probe clears an Enable bit that it finds set and keeps the other control bits; it writes " +
      "nothing where it finds none",
    level: "linux",
    kind: step,
    source: [linux("drivers/pci/msi/pcidev_msi.c:pci_msi_init")],
    task,
    on: ["plug"],
    applies: (t) =>
      t.command.kind === "plug" && controls(t).length > 0 && readingIn(t)?.sound === true,
    holds: (t) => {
      const found = t.command.kind === "plug" ? asFound(t, t.command) : undefined;
      if (found === undefined) return false;
      const places = controls(t);
      if (!places.every(([at, bit]) => cleared(found, t.after.hardware, at, bit))) return false;
      const on = places.some(([at, bit]) => (found.half(at) & bit) !== 0);
      return on || !busOf(t).some((a) => a.write);
    },
  },
];
