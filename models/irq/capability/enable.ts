/** drivers/pci/msi/msi.c: the preconditions of enabling, in their order, and the setup. */
import { CONTROL, ENTRY_MASKED } from "../../../spec/hardware/pci/capabilities.js";
import {
  capableOf,
  type MsiReading,
  type MsixReading,
  readingOf,
  windowsFit,
} from "../../../spec/irq/capability/reading.js";
import type { Config, Errno, Of } from "../../../spec/irq/capability/vocabulary.js";
import { nthEntry, nthMessage } from "./agree.js";
import type { RegisterBus } from "./bus.js";
import { beginMsi, finishMsi, mmeOf, unmaskAllMsi, writeMsiMessage } from "./msi.js";
import { abortMsix, beginMsix, finishMsix, readVectorControl, writeMsixMessage } from "./msix.js";
import { awake, type Plugged, type State } from "./state.js";

/** A count, or why not. */
export type Granted = number | Errno;

/** pci_msi_supported: globally, for the function and its buses, a sensible count, power. */
const supported = (config: Config, state: State, count: number): boolean =>
  config.enabled && state.plugged?.plug.noMsi === false && count >= 1 && awake(state);

/** Bits that a message address may have; an MSI capability of 32 bits lowers them for MSI-X too. */
const addressBits = ({ plug }: Plugged): number =>
  readingOf(plug).msi?.is64 === false ? 32 : plug.addressBits;

/** msi_verify_entries. */
const reachable = (plugged: Plugged, addressHi: number): boolean =>
  addressHi < 2 ** (addressBits(plugged) - 32);

const msiRefusal = (config: Config, state: State, c: Of<"enableMsi">): Errno | undefined => {
  if (!supported(config, state, c.min)) return "EINVAL";
  if (state.kernel.mode === "msix") return "EINVAL";
  if (c.max < c.min) return "ERANGE";
  if (state.kernel.mode === "msi") return "EINVAL";
  return config.msi ? undefined : "ENOTSUPP";
};

/** One attempt of msi_capability_init. */
const setUpMsi = (
  config: Config,
  plugged: Plugged,
  bus: RegisterBus,
  msi: MsiReading,
  c: Of<"enableMsi">,
  count: number,
): Granted => {
  const mask = beginMsi(bus, msi, config.masking);
  if (c.available >= count) writeMsiMessage(bus, msi, mmeOf(count), nthMessage(c, 0));
  if (c.available >= count && reachable(plugged, c.addressHi)) {
    finishMsi(bus, msi, plugged.plug.intxBug);
    return count;
  }
  unmaskAllMsi(bus, msi, config.masking, mask);
  return c.available < count ? "ENOSPC" : "EIO";
};

/** __pci_enable_msi_range. */
export const enableMsi = (
  config: Config,
  state: State,
  bus: RegisterBus,
  c: Of<"enableMsi">,
): Granted => {
  const refusal = msiRefusal(config, state, c);
  if (refusal !== undefined || state.plugged === undefined) return refusal ?? "EINVAL";
  const { msi } = readingOf(state.plugged.plug);
  // NOT LINUX: a structure that would pass the end of the first 256 bytes is none.
  if (msi === undefined || !msi.fits) return "EINVAL";
  bus.readConfig(msi.at + CONTROL, 2);
  const capable = capableOf(msi);
  if (capable < c.min) return "ENOSPC";
  if (!c.domain) return "ENODEV";
  const count = Math.min(capable, c.max);
  if (count === 1 || config.multiMsi) return setUpMsi(config, state.plugged, bus, msi, c, count);
  return c.min > 1 ? "ENOSPC" : setUpMsi(config, state.plugged, bus, msi, c, 1);
};

/** pci_msix_validate_entries. */
const soundEntries = (config: Config, c: Of<"enableMsix">): boolean => {
  if (new Set(c.entries).size !== c.entries.length) return false;
  return !config.contiguous || c.entries.every((entry, i) => entry === i);
};

const msixRefusal = (config: Config, state: State, c: Of<"enableMsix">): Errno | undefined => {
  if (c.max < c.min) return "ERANGE";
  if (state.kernel.mode !== "none") return "EINVAL";
  if (!config.msix) return "ENOTSUPP";
  return supported(config, state, c.max) ? undefined : "EINVAL";
};

/** The part of msix_capability_init that may fail between its first and its last control write. */
const setUpEntries = (
  config: Config,
  plugged: Plugged,
  bus: RegisterBus,
  msix: MsixReading,
  c: Of<"enableMsix">,
  count: number,
): Granted => {
  // NOT LINUX: it looks at the table's BAR alone, and not whether the windows lie inside.
  if (!windowsFit(plugged.plug, msix)) return "ENOMEM";
  const controls: number[] = [];
  for (let i = 0; i < count; i++) {
    const entry = nthEntry(c, i);
    if (entry >= msix.entries) return "ERANGE";
    controls.push(config.masking ? readVectorControl(bus, msix, entry) : ENTRY_MASKED);
  }
  if (c.available < count) return "ENOSPC";
  controls.forEach((control, i) => {
    writeMsixMessage(bus, msix, config.masking, {
      index: nthEntry(c, i),
      message: nthMessage(c, i),
      control,
    });
  });
  return reachable(plugged, c.addressHi) ? count : "EIO";
};

/** __pci_enable_msix_range. */
export const enableMsix = (
  config: Config,
  state: State,
  bus: RegisterBus,
  c: Of<"enableMsix">,
): Granted => {
  const refusal = msixRefusal(config, state, c);
  if (refusal !== undefined || state.plugged === undefined) return refusal ?? "EINVAL";
  const { msix } = readingOf(state.plugged.plug);
  if (msix === undefined || !msix.fits) return "EINVAL";
  bus.readConfig(msix.at + CONTROL, 2);
  if (!soundEntries(config, c)) return "EINVAL";
  const count = Math.min(msix.entries, c.max);
  if (count < c.min) return "ENOSPC";
  if (!c.domain) return "ENODEV";
  beginMsix(bus, msix);
  const granted = setUpEntries(config, state.plugged, bus, msix, c, count);
  if (typeof granted === "number") {
    finishMsix(bus, msix, config.masking, state.plugged.plug.intxBug);
  } else abortMsix(bus, msix);
  return granted;
};
