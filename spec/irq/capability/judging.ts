/** What the clauses of capabilities share: small questions to a transition. */
import type { Transition } from "../../core/clause.js";
import {
  CONTROL,
  ENTRY_CONTROL,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSIX_ENABLE,
} from "../../hardware/pci/capabilities.js";
import { COMMAND, INTX_DISABLE } from "../../hardware/pci/header.js";
import type { Message } from "../msi-message/vocabulary.js";
import type { Access } from "./access.js";
import { Digest, digestOf } from "./digest.js";
import {
  type MsiReading,
  type MsixReading,
  type Reading,
  readingOf,
  windowsFit,
} from "./reading.js";
import { afterReset } from "./registers.js";
import type { Command, Config, Hardware, Of, Response, Vector, View } from "./vocabulary.js";

export type CapabilityTransition = Transition<Config, Command, Response, View>;
type T = CapabilityTransition;

const none: readonly Access[] = [];

export const busOf = (t: T): readonly Access[] => ("bus" in t.response ? t.response.bus : none);

/** The function that the command was about. */
export const readingIn = (t: T): Reading | undefined =>
  t.after.plug === undefined ? undefined : readingOf(t.after.plug);

export const msiIn = (t: T): MsiReading | undefined => readingIn(t)?.msi;
export const msixIn = (t: T): MsixReading | undefined => readingIn(t)?.msix;

/** There, with power. */
export const awake = (view: View): boolean => view.hardware.powered && !view.gone;

export const succeeded = (t: T): boolean =>
  t.response.kind === "done" || t.response.kind === "enabled";
export const failed = (t: T): boolean => t.response.kind === "failed";

export const isEnabled = (t: T, kind: "enableMsi" | "enableMsix"): boolean =>
  t.command.kind === kind && t.response.kind === "enabled";

/** Power came back and the kernel had something to restore. */
export const restored = (t: T): boolean =>
  t.command.kind === "resume" && t.response.kind === "done" && awake(t.after);

export const vectorAt = (view: View, index: number): Vector | undefined =>
  view.kernel.vectors.find((v) => v.index === index);

/** The kernel may mask single MSI messages of the function, and the function can. */
export const masksMsi = (t: T): boolean => t.config.masking && msiIn(t)?.maskable === true;

export const msiControl = (msi: MsiReading, hardware: Hardware): number =>
  hardware.config(msi.at + CONTROL, 2);
export const msixControl = (msix: MsixReading, hardware: Hardware): number =>
  hardware.config(msix.at + CONTROL, 2);

export const msiIsOn = (t: T, hardware: Hardware): boolean => {
  const msi = msiIn(t);
  return msi !== undefined && (msiControl(msi, hardware) & MSI_ENABLE) !== 0;
};
export const msixIsOn = (t: T, hardware: Hardware): boolean => {
  const msix = msixIn(t);
  return msix !== undefined && (msixControl(msix, hardware) & MSIX_ENABLE) !== 0;
};

export const intxOff = (hardware: Hardware): boolean =>
  (hardware.config(COMMAND, 2) & INTX_DISABLE) !== 0;

export const mmeIn = (msi: MsiReading, hardware: Hardware): number =>
  (msiControl(msi, hardware) >>> 4) & 7;

export const maskIn = (msi: MsiReading, hardware: Hardware): number =>
  msi.maskable ? hardware.config(msi.at + msi.offsets.mask, 4) : 0;

/** The message in the MSI registers; the high half of a 32-bit capability is zero. */
export const msiMessageIn = (msi: MsiReading, hardware: Hardware): Message => ({
  addressLo: hardware.config(msi.at + msi.offsets.address, 4),
  addressHi: msi.is64 ? hardware.config(msi.at + msi.offsets.addressHigh, 4) : 0,
  data: hardware.config(msi.at + msi.offsets.data, 2),
});

export const entryMessageIn = (hardware: Hardware, index: number): Message => ({
  addressLo: hardware.entry(index, 0),
  addressHi: hardware.entry(index, 1),
  data: hardware.entry(index, 2),
});

export const entryMaskedIn = (hardware: Hardware, index: number): boolean =>
  (hardware.entry(index, ENTRY_CONTROL) & ENTRY_MASKED) !== 0;

export const sameMessage = (a: Message, b: Message): boolean =>
  a.addressLo === b.addressLo && a.addressHi === b.addressHi && a.data === b.data;

/** The smallest k with 2^k not below a count of at least 1. */
export const log2Up = (count: number): number => Math.ceil(Math.log2(count));

/** Bits that a message address may have, for this function. */
export const reachable = (t: T, addressHi: number): boolean => {
  const bits = msiIn(t)?.is64 === false ? 32 : (t.after.plug?.addressBits ?? 64);
  return addressHi < 2 ** (bits - 32);
};

const wanted = (c: Of<"enableMsix">): readonly number[] =>
  c.entries.length > 0 ? c.entries : Array.from({ length: c.max }, (_x, i) => i);

export const repeats = (c: Of<"enableMsix">): boolean =>
  new Set(c.entries).size !== c.entries.length;

/**
 * The function can send there. Linux gives MSI and MSI-X of a function one address mask, which an
 * MSI capability of 32 bits narrows; MSI-X entries themselves have 64 (PCIe 7.7.2.5).
 */
export const sendable = (t: T, kind: "enableMsi" | "enableMsix", addressHi: number): boolean =>
  kind === "enableMsi"
    ? reachable(t, addressHi)
    : addressHi < 2 ** ((t.after.plug?.addressBits ?? 64) - 32);

/** Nothing but the function's windows can make this request fail. */
export const askedRightly = (t: T, c: Of<"enableMsix">): boolean => {
  const msix = msixIn(t);
  const { config, before } = t;
  if (msix === undefined || !msix.fits || readingIn(t)?.sound !== true) return false;
  if (!config.enabled || !config.msix || before.plug?.noMsi !== false) return false;
  if (before.kernel.mode !== "none" || !awake(before) || !c.domain) return false;
  if (c.min < 1 || c.min > c.max || c.min > msix.entries || repeats(c)) return false;
  if (config.contiguous && !c.entries.every((entry, i) => entry === i)) return false;
  // A kernel may refuse a list that names more than there is, or grant the part that is there.
  if (c.entries.some((entry) => entry >= msix.entries)) return false;
  const few = wanted(c).slice(0, msix.entries);
  return c.available >= few.length && reachable(t, c.addressHi);
};

export const fitting = (t: T): boolean => {
  const msix = msixIn(t);
  return msix !== undefined && t.after.plug !== undefined && windowsFit(t.after.plug, msix);
};

const nothing = new Digest();
const digests = new WeakMap<Response, Digest>();

/** The log of the command, read once. */
export const digest = (t: T): Digest => {
  const bus = busOf(t);
  const reading = readingIn(t);
  if (bus.length === 0 || reading === undefined) return nothing;
  let known = digests.get(t.response);
  if (known === undefined) {
    const begins = t.command.kind === "resume" || t.command.kind === "plug";
    const base = begins ? afterReset(reading) : t.before.hardware;
    const { vectors } = (t.after.kernel.mode === "none" ? t.before : t.after).kernel;
    known = digestOf(reading, base, failed(t) ? [] : vectors, bus);
    digests.set(t.response, known);
  }
  return known;
};

export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  const left = a as unknown as Readonly<Record<string, unknown>>;
  const right = b as unknown as Readonly<Record<string, unknown>>;
  for (const name in left) {
    if (name === "bus" ? !sameBus(busIn(a), busIn(b)) : left[name] !== right[name]) return false;
  }
  return true;
};

const busIn = (r: Response): readonly Access[] => ("bus" in r ? r.bus : none);

/** Another order or another set of accesses is another answer: what follows may differ. */
const sameBus = (a: readonly Access[], b: readonly Access[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Access;
    const y = b[i] as Access;
    if (x.write !== y.write || x.space !== y.space || x.offset !== y.offset) return false;
    if (x.width !== y.width || x.value !== y.value) return false;
  }
  return true;
};
