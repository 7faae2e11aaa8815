import {
  awake,
  type CapabilityTransition,
  digest,
  fitting,
  isEnabled,
  msixIn,
  readingIn,
} from "../../../spec/irq/capability/judging.js";
import type { Feature } from "../../subsystem.js";

type T = CapabilityTransition;

const walked = (t: T): boolean => t.command.kind === "walk";
const failedWith = (t: T, error: string): boolean =>
  t.response.kind === "failed" && t.response.error === error;

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  {
    name: "list with a cycle",
    reached: (t) => walked(t) && readingIn(t)?.chain.cyclic === true,
  },
  {
    name: "list of 48 headers, walked to its last",
    reached: (t) =>
      t.response.kind === "walked" &&
      t.response.found !== 0 &&
      readingIn(t)?.chain.headers[47]?.at === t.response.found,
  },
  {
    name: "pointer with low bits followed",
    reached: (t) => walked(t) && readingIn(t)?.chain.unaligned === true,
  },
  {
    name: "CardBus header",
    reached: (t) => walked(t) && ((readingIn(t)?.bytes[0x0e] ?? 0) & 0x7f) === 2,
  },
  {
    name: "32 MSI messages set up",
    reached: (t) => isEnabled(t, "enableMsi") && t.after.kernel.vectors.length === 32,
  },
  {
    name: "MSI-X table of 1025 entries or more set up",
    reached: (t) => isEnabled(t, "enableMsix") && (msixIn(t)?.entries ?? 0) > 1024,
  },
  {
    name: "window over the end of its BAR",
    reached: (t) => t.command.kind === "enableMsix" && msixIn(t) !== undefined && !fitting(t),
  },
  { name: "address that the function cannot send", reached: (t) => failedWith(t, "EIO") },
  { name: "domain without room", reached: (t) => failedWith(t, "ENOSPC") },
  { name: "domain that cannot be made", reached: (t) => failedWith(t, "ENODEV") },
  {
    name: "pending message sent at last",
    reached: (t) => t.command.kind === "unmask" && t.after.sent.length > 0,
  },
  {
    name: "restored with an interrupt unmasked",
    reached: (t) => t.command.kind === "resume" && t.after.kernel.vectors.some((v) => !v.masked),
  },
  {
    name: "message changed without power",
    reached: (t) => t.command.kind === "writeMessage" && !awake(t.before),
  },
  {
    name: "Enable found set at probe",
    reached: (t) => t.command.kind === "plug" && digest(t).writes > 0,
  },
  {
    name: "disabled while gone",
    reached: (t) => t.command.kind === "disable" && t.before.gone,
  },
];
