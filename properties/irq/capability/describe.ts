import { COMMAND } from "../../../spec/hardware/pci/header.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import {
  entryMaskedIn,
  entryMessageIn,
  maskIn,
  msiControl,
  msiMessageIn,
  msixControl,
} from "../../../spec/irq/capability/judging.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type { Command, Config, Response, View } from "../../../spec/irq/capability/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const messageText = (m: Message): string =>
  `${hex(m.addressHi)}:${hex(m.addressLo)}=${hex(m.data)}`;

const describeMsi = (lines: Map<string, string>, view: View): void => {
  const msi = view.plug === undefined ? undefined : readingOf(view.plug).msi;
  if (msi === undefined || !msi.fits) return;
  lines.set("msi control", hex(msiControl(msi, view.hardware)));
  lines.set("msi message", messageText(msiMessageIn(msi, view.hardware)));
  if (!msi.maskable) return;
  lines.set("msi mask", hex(maskIn(msi, view.hardware)));
  lines.set("msi pending", hex(view.hardware.pendingMsi() >>> 0));
};

const describeMsix = (lines: Map<string, string>, view: View): void => {
  const msix = view.plug === undefined ? undefined : readingOf(view.plug).msix;
  if (msix === undefined || !msix.fits) return;
  const { hardware } = view;
  lines.set("msix control", hex(msixControl(msix, hardware)));
  for (let i = 0; i < hardware.entries; i++) {
    const message = entryMessageIn(hardware, i);
    const used = message.addressLo !== 0 || message.data !== 0 || !entryMaskedIn(hardware, i);
    if (!used && !hardware.pending(i)) continue;
    const mask = entryMaskedIn(hardware, i) ? "masked" : "unmasked";
    const pending = hardware.pending(i) ? " pending" : "";
    lines.set(`entry[${i}]`, `${messageText(message)} ${mask}${pending}`);
  }
};

/** Flat form of a state: registers, and what the kernel's books hold. */
export const describe = (_config: Config, view: View): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  if (view.plug === undefined) return lines;
  lines.set("function", view.gone ? "gone" : view.hardware.powered ? "there" : "without power");
  lines.set("in use", view.kernel.mode);
  for (const v of view.kernel.vectors) {
    const mask = v.masked ? "masked" : "unmasked";
    lines.set(`interrupt[${v.index}]`, `${messageText(v.message)} ${mask}`);
  }
  if (!view.hardware.powered) return lines;
  lines.set("command", hex(view.hardware.config(COMMAND, 2)));
  describeMsi(lines, view);
  describeMsix(lines, view);
  view.sent.forEach((message, i) => {
    lines.set(`sent[${i}]`, messageText(message));
  });
  return lines;
};

const accessText = ({ write, space, offset, width, value }: Access): string =>
  `${write ? "w" : "r"}${8 * width} ${space}+${hex(offset)}=${hex(value)}`;

/** Most accesses of a log that are printed. */
const MOST = 24;

const busText = (bus: readonly Access[]): string => {
  const shown = bus.slice(0, MOST).map(accessText);
  if (bus.length > MOST) shown.push(`and ${bus.length - MOST} more`);
  return shown.length === 0 ? "" : ` [${shown.join(", ")}]`;
};

const HEX_FIELDS = new Set(["addressLo", "addressHi", "data", "id", "at", "found", "offset"]);
const CAPABILITIES = new Map([
  [0x05, "MSI"],
  [0x11, "MSI-X"],
]);

const fieldText = (name: string, value: unknown): string => {
  if (typeof value === "number" && HEX_FIELDS.has(name)) return hex(value);
  if (Array.isArray(value)) return `{${value.join(",")}}`;
  return String(value);
};

/** The list, up to where it ends or turns back. */
const listText = (headers: readonly { at: number; id: number }[]): string => {
  const seen = new Set<number>();
  const steps: string[] = [];
  for (const { at, id } of headers) {
    steps.push(`${hex(id)}@${hex(at)}`);
    if (seen.has(at)) return `{${steps.join(",")}...}`;
    seen.add(at);
  }
  return `{${steps.join(",")}}`;
};

const plugText = (c: Extract<Command, { kind: "plug" }>): string => {
  const { chain, msi, msix } = readingOf(c);
  const parts = ["plug", `list=${listText(chain.headers)}`];
  if (msi !== undefined) {
    const shape = `${msi.is64 ? 64 : 32}-bit${msi.maskable ? " maskable" : ""} MMC=${msi.mmc}`;
    parts.push(`MSI: ${shape}`);
  }
  if (msix !== undefined) {
    const table = `BAR${msix.tableBar}+${hex(msix.tableOffset)}`;
    const pba = `BAR${msix.pbaBar}+${hex(msix.pbaOffset)}`;
    parts.push(`MSI-X: ${msix.entries} entries at ${table}, PBA at ${pba}`);
  }
  if (c.left.length > 0) parts.push(`left=${c.left.length} writes`);
  if (c.intxBug) parts.push("INTx bug");
  if (c.noMsi) parts.push("no MSI");
  if (c.addressBits < 64) parts.push(`${c.addressBits} address bits`);
  return parts.join(" ");
};

const fields = (value: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(value)
    .filter(([name]) => name !== "kind" && name !== "bus")
    .map(([name, field]) => `${name}=${fieldText(name, field)}`);

export const commandText = (command: Command): string => {
  if (command.kind === "plug") return plugText(command);
  if (command.kind === "walk" && CAPABILITIES.has(command.id)) {
    return `walk ${CAPABILITIES.get(command.id) as string}`;
  }
  return [command.kind, ...fields(command)].join(" ");
};

export const responseText = (response: Response): string => {
  const bus = "bus" in response ? busText(response.bus) : "";
  if (response.kind === "failed") return `${response.error}${bus}`;
  return `${[response.kind, ...fields(response)].join(" ")}${bus}`;
};
