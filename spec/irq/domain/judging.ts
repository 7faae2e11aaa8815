/** What the clauses of the domain share: small questions to a transition. */
import type { Transition } from "../../core/clause.js";
import type { Message } from "../msi-message/vocabulary.js";
import type { Irq } from "../vector-matrix/assignment/vocabulary.js";
import { deviceOf, type Meaning, meaningOf, planOf } from "./platform.js";
import type {
  Command,
  CommandKind,
  Config,
  Desc,
  DomainView,
  Pair,
  Response,
} from "./vocabulary.js";

export type DomainTransition = Transition<Config, Command, Response, DomainView>;
type T = DomainTransition;

export type Of<K extends CommandKind> = Extract<Command, { kind: K }>;

/** What the system showed; the reference's state where it shows nothing. */
export const seen = (t: T): DomainView => t.observed ?? t.after;

let asked: { response: Response; list: readonly Meaning[] } | undefined;

/** What the writes of the answer mean, in order. */
export const meanings = (t: T): readonly Meaning[] => {
  const { response } = t;
  if (asked?.response === response) return asked.list;
  const list = response.kind === "fatal" ? [] : response.bus.map((w) => meaningOf(t.config, w));
  asked = { response, list };
  return list;
};

/** The interrupt that the command names, -1 none. */
export const irqOf = (t: T): number => ("irq" in t.command ? t.command.irq : -1);

export const cpuOf = (t: T): number => ("cpu" in t.command ? t.command.cpu : -1);

/** A vector that devices may have. */
export const isDeviceVector = (config: Config, vector: number): boolean =>
  vector >= config.start && vector < config.end;

/** A handler starts in this command. */
export const runStart = (
  t: T,
): { irq: number; cpu: number; desc: Desc | undefined } | undefined => {
  if (t.response.kind !== "running") return undefined;
  return { irq: t.response.irq, cpu: cpuOf(t), desc: t.before.desc(t.response.irq) };
};

/** What the slot of a taken device vector held; undefined for every other command. */
export const takenSlot = (t: T): number | undefined => {
  if (t.command.kind !== "take") return undefined;
  const { cpu, vector } = t.command;
  return isDeviceVector(t.config, vector) ? t.before.vectors.slot(cpu, vector) : undefined;
};

export const everyIrq = (config: Config, test: (irq: number) => boolean): boolean => {
  const { count } = planOf(config);
  for (let irq = 0; irq < count; irq++) if (!test(irq)) return false;
  return true;
};

export const someIrq = (config: Config, test: (irq: number) => boolean): boolean =>
  !everyIrq(config, (irq) => !test(irq));

/** Started and enabled: its handler may run. */
export const canRun = (view: DomainView, irq: number): boolean => {
  const entry = view.irq(irq);
  return entry?.started === true && entry.depth === 0;
};

/** The pairs that lead to an interrupt now. */
export const pairsOf = (irq: Irq): readonly Pair[] => {
  const pairs: Pair[] = [];
  if (irq.vector !== 0) pairs.push({ cpu: irq.cpu, vector: irq.vector });
  if (irq.prevVector !== 0) pairs.push({ cpu: irq.prevCpu, vector: irq.prevVector });
  return pairs;
};

/** Its message or request waits in a local APIC where it leads to the handler. */
export const isRequested = (view: DomainView, irq: number): boolean => {
  const entry = view.irq(irq);
  if (entry === undefined) return false;
  return pairsOf(entry).some(
    ({ cpu, vector }) =>
      view.vectors.online(cpu) &&
      view.vectors.slot(cpu, vector) === irq &&
      view.hardware.requested(cpu, vector),
  );
};

/** An event of it is remembered somewhere that leads to a run of its handler. */
export const isLatched = (config: Config, view: DomainView, irq: number): boolean => {
  const desc = view.desc(irq);
  if (desc === undefined) return false;
  if (view.hardware.pending(irq) || isRequested(view, irq)) return true;
  if (desc.pending && (desc.running >= 0 || !canRun(view, irq))) return true;
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
    if (view.cpu(cpu).waiting === irq) return true;
  }
  return false;
};

/** No event of it can become a message. */
export const isSilent = (view: DomainView, irq: number): boolean =>
  !view.hardware.enabled(irq) || view.hardware.masked(irq);

/** Table index that a remapped message names. */
export const entryOf = (config: Config, message: Message): number =>
  config.remapping === "intel"
    ? ((message.addressLo >>> 5) & 0x7fff) +
      ((message.addressLo & 4) !== 0 ? 0x8000 : 0) +
      ((message.addressLo & 8) !== 0 ? message.data & 0xffff : 0)
    : message.data & 0x7ff;

export const isZero = (m: Message): boolean =>
  m.addressLo === 0 && m.addressHi === 0 && m.data === 0;

export const sameMessage = (a: Message, b: Message): boolean =>
  a.addressLo === b.addressLo && a.addressHi === b.addressHi && a.data === b.data;

/** Interrupts of a device, by number. */
export const interruptsOf = (config: Config, device: number): readonly number[] => {
  const base = planOf(config).first[device] ?? 0;
  const entries = config.devices[device]?.entries ?? 0;
  return Array.from({ length: entries }, (_x, i) => base + i);
};

/** One of several messages of an MSI function: its message is written with the first one's. */
export const sharesMessage = (config: Config, irq: number): boolean => {
  const device = deviceOf(config, irq);
  const index = planOf(config).places[irq]?.index ?? 0;
  return device?.source === "msi" && index > 0;
};

/** Why a request for interrupts has to be refused whatever the resources. */
export const wrongRequest = (t: T): "taken" | "beyond" | undefined => {
  if (t.command.kind !== "alloc") return undefined;
  const { device, first, count } = t.command;
  const entries = t.config.devices[device]?.entries;
  if (entries === undefined) return undefined;
  if (first + count > entries) return "beyond";
  const base = planOf(t.config).first[device] ?? 0;
  for (let i = 0; i < count; i++) {
    if (t.before.desc(base + first + i) !== undefined) return "taken";
  }
  return undefined;
};

const sameRecord = (a: unknown, b: unknown): boolean => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(x), ...Object.keys(y)]);
  return [...keys].every((key) => sameValue(x[key], y[key]));
};

const sameValue = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return sameRecord(a, b);
  return a.length === b.length && a.every((x, i) => sameValue(x, b[i]));
};

export const sameResponse = (a: Response, b: Response): boolean =>
  a === b || (a.kind === b.kind && sameRecord(a, b));
