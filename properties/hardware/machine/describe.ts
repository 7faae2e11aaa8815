/** A machine, its commands and answers as text. */
import { highestBit } from "../../../spec/hardware/machine/judging.js";
import { unitOffsets } from "../../../spec/hardware/machine/state-clauses.js";
import type {
  ApicView,
  Command,
  Config,
  FunctionView,
  Response,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import type { Sent } from "../../../spec/hardware/shape.js";

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** Vectors whose bit is set, ascending. */
export const vectors = (words: ArrayLike<number>): string => {
  const found: string[] = [];
  if (highestBit(words) < 0) return "";
  for (let v = 0; v < 32 * words.length; v++) {
    if ((((words[v >>> 5] as number) >>> (v & 31)) & 1) === 1) found.push(hex(v));
  }
  return found.join(",");
};

const sentText = ({ requester, message }: Sent): string =>
  `${hex(requester)} ${hex(message.addressHi)}:${hex(message.addressLo)}=${hex(message.data)}`;

const describeFunction = (fn: FunctionView, i: number, lines: Map<string, string>): void => {
  const name = `function ${i}`;
  if (!fn.powered) lines.set(`${name} power`, "off");
  for (let at = 0; at < fn.config.length; at += 4) {
    let word = 0;
    for (let b = 3; b >= 0; b--) word = word * 256 + (fn.config[at + b] as number);
    if (word !== 0) lines.set(`${name} config ${hex(at)}`, hex(word));
  }
  for (let e = 0; 4 * e < fn.table.length; e++) {
    const entry = fn.table.subarray(4 * e, 4 * e + 4);
    const untouched = entry[0] === 0 && entry[1] === 0 && entry[2] === 0 && entry[3] === 1;
    if (untouched) continue;
    const masked = ((entry[3] as number) & 1) === 1 ? ", masked" : "";
    const [low, high, data] = entry as unknown as [number, number, number];
    lines.set(`${name} entry ${e}`, `${hex(high)}:${hex(low)}=${hex(data)}${masked}`);
  }
  const pending = vectors(fn.pending);
  if (pending !== "") lines.set(`${name} pending`, pending);
  if (fn.msiPending !== 0) lines.set(`${name} MSI pending`, hex(fn.msiPending));
  if (fn.line) lines.set(`${name} line`, "asserted");
};

const describeApic = (apic: ApicView, cpu: number, lines: Map<string, string>): void => {
  const name = `CPU ${cpu}`;
  const set = (field: string, value: string): void => {
    if (value !== "") lines.set(`${name} ${field}`, value);
  };
  set("IRR", vectors(apic.irr));
  set("ISR", vectors(apic.isr));
  set("TMR", vectors(apic.tmr));
  if (apic.tpr !== 0) set("TPR", hex(apic.tpr));
  set("SVR", hex(apic.svr));
  if (apic.ldr !== 0) set("LDR", hex(apic.ldr));
  if (apic.esr !== 0) set("ESR", hex(apic.esr));
  apic.lvt.forEach((entry, i) => {
    if (entry !== 0x10000) set(`LVT ${i}`, hex(entry));
  });
  if (apic.timer.count !== 0) set("timer", `${apic.timer.count} of ${apic.timer.initial}`);
};

/** Flat form of a state; keys name a function, a CPU, a register of the unit or a word of RAM. */
export const describe = (config: Config, view: View): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  view.functions.forEach((fn, i) => {
    describeFunction(fn, i, lines);
  });
  view.apics.forEach((apic, cpu) => {
    describeApic(apic, cpu, lines);
  });
  const { unit } = view;
  if (unit !== undefined) {
    for (const offset of unitOffsets(config)) {
      const value = unit.register(offset);
      if (value !== 0) lines.set(`unit ${hex(offset)}`, hex(value));
    }
    for (const line of [...unit.cache, ...unit.devices]) {
      const name = unit.devices.includes(line) ? "cached device" : `cached ${hex(line.table)}`;
      lines.set(`unit ${name}.${hex(line.index)}`, line.entry.map(hex).join(" "));
    }
  }
  view.memory.forEach((value, address) => {
    lines.set(`RAM ${hex(address)}`, hex(value));
  });
  view.held.forEach((sent, i) => {
    lines.set(`late ${i}`, sentText(sent));
  });
  if (view.mishap !== "none") lines.set("next message", view.mishap);
  view.log.sent.forEach((sent, i) => {
    lines.set(`sent ${i}`, sentText(sent));
  });
  view.log.arrived.forEach(({ cpu, vector }, i) => {
    lines.set(`arrived ${i}`, `CPU ${cpu} vector ${hex(vector)}`);
  });
  view.log.blocked.forEach((sent, i) => {
    lines.set(`blocked ${i}`, sentText(sent));
  });
  return lines;
};

const placeText = (c: Extract<Command, { kind: "read" | "write" }>): string => {
  const bits = `${8 * c.width} bits`;
  switch (c.space) {
    case "config":
      return `config of function ${c.unit} at ${hex(c.offset)}, ${bits}`;
    case "bar":
      return `BAR ${c.bar} of function ${c.unit} at ${hex(c.offset)}, ${bits}`;
    case "remapping":
      return `remapping unit at ${hex(c.offset)}, ${bits}`;
    case "memory":
      return `RAM at ${hex(c.offset)}, ${bits}`;
  }
};

export const commandText = (c: Command): string => {
  switch (c.kind) {
    case "read":
      return `read ${placeText(c)}`;
    case "write":
      return `write ${hex(c.value)} to ${placeText(c)}`;
    case "readApic":
      return `CPU ${c.cpu} reads its APIC at ${hex(c.offset)}`;
    case "writeApic":
      return `CPU ${c.cpu} writes ${hex(c.value)} to its APIC at ${hex(c.offset)}`;
    case "event":
      return `function ${c.fn} has event ${c.vector}`;
    case "quiet":
      return `event ${c.vector} of function ${c.fn} is served`;
    case "inject": {
      const { requester, addressLo, addressHi, data } = c;
      return `message ${sentText({ requester, message: { addressLo, addressHi, data } })}`;
    }
    case "take":
      return `CPU ${c.cpu} takes an interrupt`;
    case "acknowledge":
      return `CPU ${c.cpu} acknowledges`;
    case "eoi":
      return `CPU ${c.cpu} ends the interrupt`;
    case "advance":
      return `${c.cycles} cycles pass`;
    case "power":
      return `function ${c.fn} power ${c.on ? "on" : "off"}`;
    case "lose":
      return "the next message is lost";
    case "hold":
      return "the next message is late";
    case "duplicate":
      return "the next message comes twice";
    case "release":
      return `late message ${c.nth} arrives`;
    case "phantom":
      return `CPU ${c.cpu} gets a request ${hex(c.vector)} that nobody made`;
  }
};

export const responseText = (response: Response): string => {
  switch (response.kind) {
    case "value":
      return hex(response.value);
    case "taken":
      return `vector ${hex(response.vector)}`;
    case "spurious":
      return `spurious vector ${hex(response.vector)}`;
    default:
      return response.kind;
  }
};
