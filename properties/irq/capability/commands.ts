/** Every command of a tiny function, in a fixed order, for exhaustive searches. */
import type { Command } from "../../../spec/irq/capability/vocabulary.js";
import {
  absent,
  endpoint,
  leftControl,
  leftEntry,
  memory,
  type Plug,
  plugOf,
} from "./functions.js";

const first = { addressLo: 0xfee01000, addressHi: 0, data: 0x40 };
const second = { addressLo: 0xfee02000, addressHi: 0, data: 0x60 };
const terms = { domain: true, available: 2049 };

const bars = [memory(0x40), absent, absent, absent, absent, absent];
const msix = {
  kind: "msix",
  at: 0x50,
  entries: 2,
  tableBar: 0,
  tableOffset: 0,
  pbaBar: 0,
  pbaOffset: 0x38,
} as const;

/** Two entries, the second left unmasked, and MSI-X left enabled. */
export const tinyMsix: Plug = plugOf(endpoint({ bars, capabilities: [msix] }), {
  left: [...leftEntry(0, 0, 1, 0x00a50000), leftControl(0x50, 0x8000)],
});

export const tinyMsi: Plug = plugOf(
  endpoint({
    capabilities: [{ kind: "msi", at: 0x50, messages: 1, is64: true, maskable: true }],
  }),
);

const onEach = (indices: readonly number[], kinds: readonly ("mask" | "unmask" | "event")[]) =>
  indices.flatMap((index) => kinds.map((kind): Command => ({ kind, index })));

const shared: readonly Command[] = [
  ...onEach([0, 1], ["mask", "unmask", "event"]),
  { kind: "overlap", first: 0, firstMask: true, second: 1, secondMask: false },
  { kind: "disable" },
  { kind: "suspend" },
  { kind: "resume" },
];

export const msixCommands = (): readonly Command[] => [
  tinyMsix,
  { kind: "enableMsix", min: 1, max: 1, ...first, ...terms, entries: [1] },
  { kind: "enableMsix", min: 1, max: 2, ...first, ...terms, entries: [] },
  { kind: "enableMsix", min: 1, max: 2, ...first, ...terms, available: 1, entries: [] },
  { kind: "enableMsix", min: 2, max: 2, ...first, ...terms, entries: [1, 1] },
  { kind: "writeMessage", index: 0, ...second },
  { kind: "writeMessage", index: 1, ...second },
  ...shared,
];

export const msiCommands = (): readonly Command[] => [
  tinyMsi,
  { kind: "enableMsi", min: 1, max: 2, ...first, ...terms },
  { kind: "enableMsi", min: 1, max: 2, ...first, ...terms, available: 0 },
  { kind: "writeMessage", index: 0, ...second },
  ...shared,
];

/** One of each kind, both of which firmware left enabled. */
export const tinyBoth: Plug = plugOf(
  endpoint({
    bars,
    capabilities: [msix, { kind: "msi", at: 0x70, messages: 0, is64: false, maskable: true }],
  }),
  { left: [leftControl(0x50, 0x8000), leftControl(0x70, 0x0001)] },
);

export const bothCommands = (): readonly Command[] => [
  tinyBoth,
  { kind: "enableMsi", min: 1, max: 1, ...first, ...terms },
  { kind: "enableMsi", min: 1, max: 1, ...first, ...terms, addressHi: 1 },
  { kind: "enableMsix", min: 1, max: 1, ...first, ...terms, entries: [1] },
  { kind: "enableMsix", min: 1, max: 1, ...first, ...terms, addressHi: 1, entries: [] },
  { kind: "writeMessage", index: 0, ...second },
  { kind: "writeMessage", index: 1, ...second },
  ...onEach([0, 1], ["mask", "unmask", "event"]),
  { kind: "disable" },
  { kind: "suspend" },
  { kind: "resume" },
  { kind: "vanish" },
];
