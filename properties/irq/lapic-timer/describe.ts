import {
  CURRENT_COUNT,
  DEADLINE_HIGH,
  DEADLINE_LOW,
  DIVIDE,
  EOI,
  INITIAL_COUNT,
  LVT_TIMER,
} from "../../../spec/hardware/local-apic/registers.js";
import type { Command, Config, Response, View } from "../../../spec/irq/lapic-timer/vocabulary.js";

const hex = (value: number): string => `0x${value.toString(16)}`;

const names = new Map([
  [EOI, "EOI"],
  [LVT_TIMER, "LVT"],
  [INITIAL_COUNT, "initial"],
  [CURRENT_COUNT, "current"],
  [DIVIDE, "divide"],
  [DEADLINE_LOW, "deadline.lo"],
  [DEADLINE_HIGH, "deadline.hi"],
]);

export const describe = (config: Config, view: View): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  lines.set("bus clock", String(view.now));
  lines.set("TSC", String(view.now * config.tscRatio));
  lines.set("rate", `${view.hz} Hz`);
  if (view.pit) lines.set("PIT", `on, ${view.pitTicks} ticks since ${view.pitSince}`);
  view.cpus.forEach((c, i) => {
    if (!c.online) {
      lines.set(`CPU[${i}]`, "offline");
      return;
    }
    const marks = [c.pending ? " pending" : "", c.inService ? " in service" : ""].join("");
    const what =
      c.use === "tick"
        ? `${c.mode} tick, ${c.ticks} since ${c.since}`
        : c.use === "event"
          ? `${c.mode} event, ${c.due} due at ${c.wanted}`
          : c.shut
            ? "shut down"
            : "off";
    lines.set(`CPU[${i}]`, what + marks);
    lines.set(
      `timer[${i}]`,
      `LVT=${hex(c.lvt)} divide=${hex(c.divide)} initial=${c.initial} count=${c.count} ` +
        `deadline=${c.deadline}`,
    );
  });
  return lines;
};

export const commandText = (command: Command): string =>
  [
    command.kind,
    ...Object.entries(command)
      .filter(([name]) => name !== "kind")
      .map(([name, value]) => `${name}=${String(value)}`),
  ].join(" ");

export const responseText = (response: Response): string => {
  if (response.kind === "granted") return `granted ticks=${response.ticks}`;
  if (response.kind === "refused") return "refused";
  const writes = response.writes.map(
    (w) => `${w.cpu}:${names.get(w.offset) ?? hex(w.offset)}=${hex(w.value)}`,
  );
  const ticks = response.ticks.length === 0 ? [] : [`ticks={${response.ticks.join(",")}}`];
  const events = response.events.length === 0 ? [] : [`events={${response.events.join(",")}}`];
  const pit = response.pit ? ["pit"] : [];
  return ["did", ...writes, ...ticks, ...events, ...pit].join(" ");
};
