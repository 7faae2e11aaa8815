import type { Command, Config, Response, View } from "../../../spec/irq/msi-message/vocabulary.js";

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** 64-bit words of an entry, high word first. */
export const entryText = (entry: readonly number[]): string => {
  if (entry.length === 1) return hex(entry[0] as number);
  const words: string[] = [];
  for (let i = entry.length - 2; i >= 0; i -= 2) {
    words.push(hex((BigInt(entry[i + 1] as number) << 32n) | BigInt(entry[i] as number)));
  }
  return words.join(":");
};

const messageText = (m: { addressLo: number; addressHi: number; data: number }): string =>
  `${hex(m.addressHi)}:${hex(m.addressLo)}=${hex(m.data)}`;

const actionText = (action: View["log"][number]): string => {
  const { kind, ...fields } = action;
  const parts = Object.entries(fields).map(([name, value]) =>
    Array.isArray(value) ? `${name}=${entryText(value as number[])}` : `${name}=${String(value)}`,
  );
  return [kind, ...parts].join(" ");
};

/** Flat form of a state; keys name an entry, an interrupt or a unit. */
export const describe = (config: Config, view: View): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  if (config.remapping !== "none") {
    lines.set("remapping", view.enabled.map((on) => (on ? "on" : "off")).join(","));
    lines.set("compatibility format", view.blocked ? "blocked" : "passes");
  }
  for (const table of view.tables) {
    const name = config.remapping === "amd" ? `table ${hex(table.key)}` : "table";
    for (const block of table.blocks) {
      const owner = `device ${block.device} irq ${block.irq}+${block.irqs.length}`;
      lines.set(`${name} block[${block.base}]`, `${block.size} entries, ${owner}`);
      block.irqs.forEach((irq, nth) => {
        if (!irq.active) return;
        const sent = irq.message === undefined ? "" : ` ${messageText(irq.message)}`;
        const form = irq.posted ? "posted" : "active";
        lines.set(
          `${name} irq[${block.device}.${block.irq + nth}]`,
          `${form} cpu=${irq.cpu} vector=${hex(irq.vector)}${sent}`,
        );
      });
    }
    table.entries.forEach((entry, index) => {
      lines.set(`${name} entry[${index}]`, entryText(entry));
    });
  }
  for (const line of view.cache) {
    lines.set(`cached[${hex(line.table)}.${line.index}]`, entryText(line.entry));
  }
  for (const [requester, words] of view.dtes) lines.set(`dte[${hex(requester)}]`, entryText(words));
  for (const b of view.vectors) {
    lines.set(`vectors[${b.cpu}.${hex(b.base)}]`, `${b.size}, device ${b.device}`);
  }
  view.log.forEach((action, i) => {
    lines.set(`did[${i}]`, actionText(action));
  });
  return lines;
};

const HEX_FIELDS = new Set([
  "addressLo",
  "addressHi",
  "data",
  "dest",
  "vector",
  "requester",
  "sid",
  "base",
]);

const valueText = (name: string, value: unknown): string => {
  if (typeof value === "bigint") return hex(value);
  if (typeof value === "number" && HEX_FIELDS.has(name)) return hex(value);
  if (Array.isArray(value)) {
    const steps = value as readonly { alias: number; reporter: number }[];
    return `{${steps.map((s) => `${hex(s.alias)} by ${hex(s.reporter)}`).join(",")}}`;
  }
  return String(value);
};

const text = (value: Readonly<Record<string, unknown>> & { readonly kind: string }): string =>
  [
    value.kind,
    ...Object.entries(value)
      .filter(([name]) => name !== "kind")
      .map(([name, field]) => `${name}=${valueText(name, field)}`),
  ].join(" ");

export const commandText = (command: Command): string => text(command);

export const responseText = (response: Response): string =>
  response.kind === "failed" ? response.error : text(response);
