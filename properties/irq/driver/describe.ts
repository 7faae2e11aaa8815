import type {
  BusWrite,
  Command,
  Config,
  DriverView,
  Handle,
  Response,
} from "../../../spec/irq/driver/vocabulary.js";

const hex = (value: number): string => `0x${value.toString(16)}`;

const QUIRKS = ["FORCE_LEGACY", "NO_MSI", "NO_MSIX", "no_msi"];
const MODES = ["msix", "msi", "legacy"];

const flagsText = (names: readonly string[], flags: number): string => {
  const set = names.filter((_name, bit) => ((flags >>> bit) & 1) !== 0);
  return set.length === 0 ? "none" : set.join("+");
};

const handleText = (handle: Handle): string => {
  const parts = [handle.enabled ? "enabled" : "not enabled"];
  if (handle.vector !== 0) parts.push(`cpu=${handle.cpu} vector=${hex(handle.vector)}`);
  if (handle.prevVector !== 0) parts.push(`from cpu=${handle.prevCpu} ${hex(handle.prevVector)}`);
  if (handle.entry >= 0) parts.push(`entry ${handle.entry}`);
  if (handle.queue) parts.push(`queue of {${handle.cpus.join(",")}}`);
  if (handle.events > 0) parts.push(`events=${handle.events}`);
  if (handle.waiting) parts.push("driver sleeps");
  return parts.join(", ");
};

/** Flat form of a state; keys name a device, an interrupt of it, or a CPU. */
export const describe = (config: Config, view: DriverView): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  view.devices.forEach((device, n) => {
    if (device.driver < 0) return;
    const mode = device.grant?.mode ?? "none";
    const quirks = flagsText(QUIRKS, device.quirks);
    lines.set(`device[${n}]`, `driver ${device.driver}, mode ${mode}, quirks ${quirks}`);
    device.grant?.handles.forEach((handle, index) => {
      if (handle !== undefined) lines.set(`irq[${n}.${index}]`, handleText(handle));
    });
    const r = view.registers(n);
    const on = [
      r.msixEnabled ? "MSI-X on" : "",
      r.functionMask ? "function masked" : "",
      r.msiEnabled ? `MSI on, ${2 ** r.messages}` : "",
      r.intxDisabled ? "INTx off" : "",
    ].filter((text) => text !== "");
    lines.set(`registers[${n}]`, on.length === 0 ? "INTx" : on.join(", "));
    if (device.lineMasked) lines.set(`line[${n}]`, "masked");
    else if (view.asserts(n)) lines.set(`line[${n}]`, "asserted");
  });
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
    const taken = view.taken(cpu);
    if (taken.length > 0) lines.set(`taken[${cpu}]`, taken.map(hex).join(","));
    if (view.aside(cpu) > 0) lines.set(`aside[${cpu}]`, String(view.aside(cpu)));
    const pending = view.pending(cpu);
    if (pending.length > 0) lines.set(`pending[${cpu}]`, pending.map(hex).join(","));
  }
  if (view.reserved > 0) lines.set("reserved", String(view.reserved));
  return lines;
};

const HEX_FIELDS = new Set(["addressLo", "addressHi", "data", "vector", "prevVector"]);

const valueText = (name: string, value: unknown): string => {
  if (name === "modes") return flagsText(MODES, value as number);
  if (name === "layers") {
    return `{${(value as readonly number[]).map((flags) => flagsText(QUIRKS, flags)).join(" ")}}`;
  }
  if (name === "vectors") return `{${(value as readonly number[]).map(hex).join(",")}}`;
  if (typeof value === "number" && HEX_FIELDS.has(name)) return hex(value);
  return Array.isArray(value) ? `{${value.join(",")}}` : String(value);
};

const text = (value: Readonly<Record<string, unknown>> & { readonly kind: string }): string =>
  [
    value.kind,
    ...Object.entries(value)
      .filter(([name]) => name !== "kind" && name !== "writes")
      .map(([name, field]) => `${name}=${valueText(name, field)}`),
  ].join(" ");

export const commandText = (command: Command): string => text(command);

/** Writes are many; how many says enough beside what they led to. */
const writesText = (writes: readonly BusWrite[] | undefined): string =>
  writes === undefined || writes.length === 0 ? "" : ` (${writes.length} writes)`;

export const responseText = (response: Response): string => {
  const writes = "writes" in response ? writesText(response.writes) : "";
  return (response.kind === "failed" ? response.error : text(response)) + writes;
};
