/** Faults of finding the table of MSI-X in its BAR, and of its control word. */
import { enableMsix } from "../../../models/irq/capability/enable.js";
import type { State } from "../../../models/irq/capability/state.js";
import { answerGranted } from "../../../models/irq/capability/step.js";
import { MSIX_ENABLE, MSIX_FUNCTION_MASK } from "../../../spec/hardware/pci/capabilities.js";
import { readingOf, usable } from "../../../spec/irq/capability/reading.js";
import type { Of } from "../../../spec/irq/capability/vocabulary.js";
import {
  after,
  type CapabilityFault,
  contract,
  instead,
  lastWhere,
  rewrite,
  type Scene,
  writesControl,
  writesEntry,
} from "./fault-kit.js";
import { memory } from "./functions.js";

/** The same function, believed to have BARs that hold any window. */
const believing = (state: State): State => {
  const { plugged } = state;
  if (plugged === undefined) return state;
  const bars = Array.from({ length: 8 }, () => memory(0x80000000));
  return { ...state, plugged: { ...plugged, plug: { ...plugged.plug, bars } } };
};

/** Setup without a look at the windows. */
const unchecked =
  ({ config, before, command }: Scene & { command: Of<"enableMsix"> }) =>
  (bus: Parameters<typeof answerGranted>[0]) =>
    answerGranted(bus, enableMsix(config, believing(before), bus, command));

/** Both windows are in BARs that can hold any. */
const mappable = ({ before, reading }: Scene): boolean => {
  const { msix } = reading;
  const plug = before.plugged?.plug;
  if (msix === undefined || plug === undefined) return false;
  return usable(plug, msix.tableBar) && usable(plug, msix.pbaBar);
};

const swapBits = (value: number): number => {
  const rest = value & ~(MSIX_ENABLE | MSIX_FUNCTION_MASK);
  const enable = (value & MSIX_FUNCTION_MASK) !== 0 ? MSIX_ENABLE : 0;
  return rest | enable | ((value & MSIX_ENABLE) !== 0 ? MSIX_FUNCTION_MASK : 0);
};

export const windowFaults: readonly CapabilityFault[] = [
  contract(
    "MSI-CAP-12",
    "bir-not-checked",
    "a table in no BAR, or in one that is I/O space or unassigned, is written all the same",
    instead("enableMsix", (scene) => (mappable(scene) ? undefined : unchecked(scene))),
  ),
  contract(
    "MSI-CAP-13",
    "table-at-the-end-of-its-bar-refused",
    "the end of the window is compared as if it were the last byte",
    after((_config, before, command, right) => {
      const plug = before.plugged?.plug;
      const msix = plug === undefined ? undefined : readingOf(plug).msix;
      if (command.kind !== "enableMsix" || right.response.kind !== "enabled") return right;
      if (msix === undefined) return right;
      const end = msix.tableOffset + 16 * msix.entries;
      return end === plug?.bars[msix.tableBar]?.size
        ? { state: before, response: { kind: "failed", error: "ENOMEM", bus: [] } }
        : right;
    }),
  ),
  contract(
    "MSI-CAP-13",
    "window-not-checked",
    "a window may reach over the end of its BAR",
    instead("enableMsix", (scene) => (mappable(scene) ? unchecked(scene) : undefined)),
  ),
  contract(
    "MSI-CAP-14",
    "msix-enable-writes-function-mask",
    "the control word is written with bits 14 and 15 exchanged",
    rewrite(["enableMsix"], (bus, { reading }) =>
      bus.map((a) => (writesControl(a, reading.msix) ? { ...a, value: swapBits(a.value) } : a)),
    ),
  ),
  contract(
    "MSI-CAP-11",
    "write-beyond-the-table",
    "the last write of the setup goes beyond the end of the table",
    rewrite(["enableMsix"], (bus, scene) => {
      const last = lastWhere(bus, (a) => writesEntry(a, scene.reading));
      const entries = scene.reading.msix?.entries ?? 0;
      if (scene.response.kind !== "enabled") return bus;
      return bus.map((a, i) => (i === last ? { ...a, offset: a.offset + 16 * entries } : a));
    }),
  ),
];
