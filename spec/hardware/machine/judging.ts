/** What the clauses of the machine share: small questions to a transition. */
import type { Transition } from "../../core/clause.js";
import type { FunctionShape, Sent } from "../shape.js";
import type {
  ApicView,
  Command,
  CommandKind,
  Config,
  FunctionView,
  Response,
  Space,
  View,
} from "./vocabulary.js";

export type MachineTransition = Transition<Config, Command, Response, View>;
type T = MachineTransition;

export type Of<K extends CommandKind> = Extract<Command, { kind: K }>;
export type Access = Of<"read"> | Of<"write">;

/** The write of the command, where it is one into this space. */
export const writeTo = (t: T, space: Space): Of<"write"> | undefined =>
  t.command.kind === "write" && t.command.space === space ? t.command : undefined;

export const readOf = (t: T, space: Space): Of<"read"> | undefined =>
  t.command.kind === "read" && t.command.space === space ? t.command : undefined;

/** The write to a local APIC, where the command is one. */
export const apicWrite = (t: T): Of<"writeApic"> | undefined =>
  t.command.kind === "writeApic" ? t.command : undefined;

export const apicRead = (t: T): Of<"readApic"> | undefined =>
  t.command.kind === "readApic" ? t.command : undefined;

/** The value that a read answered; undefined for every other response. */
export const valueRead = (t: T): number | undefined =>
  t.response.kind === "value" ? t.response.value : undefined;

/** The function that a command names, by number; -1 for commands that name none. */
export const functionNamed = (c: Command): number => {
  switch (c.kind) {
    case "read":
    case "write":
      return c.space === "config" || c.space === "bar" ? c.unit : -1;
    case "event":
    case "quiet":
    case "power":
      return c.fn;
    default:
      return -1;
  }
};

export const functionOf = (t: T): number => functionNamed(t.command);

/** The CPU that the command names; -1 for commands that name none. */
export const cpuOf = (t: T): number => {
  const c = t.command;
  switch (c.kind) {
    case "readApic":
    case "writeApic":
    case "take":
    case "eoi":
    case "acknowledge":
    case "phantom":
      return c.cpu;
    default:
      return -1;
  }
};

export const shapeOf = (t: T): FunctionShape | undefined => t.config.functions[functionOf(t)];
export const functionBefore = (t: T): FunctionView | undefined => t.before.functions[functionOf(t)];
/** The function of the command as the system itself shows it. */
export const functionShown = (t: T): FunctionView | undefined =>
  t.observed?.functions[functionOf(t)];
export const apicBefore = (t: T): ApicView | undefined => t.before.apics[cpuOf(t)];
export const apicShown = (t: T): ApicView | undefined => t.observed?.apics[cpuOf(t)];

/** Messages that functions sent because of the command, as the system shows them. */
export const sentOf = (t: T): readonly Sent[] => t.observed?.log.sent ?? [];

/** Bit `i` of a list of 32-bit words. */
export const bitOf = (words: ArrayLike<number>, i: number): boolean =>
  (((words[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;

/** Highest set bit of a list of words, -1 if none is set. */
export const highestBit = (words: ArrayLike<number>): number => {
  for (let w = words.length - 1; w >= 0; w--) {
    const word = words[w] as number;
    if (word !== 0) return w * 32 + 31 - Math.clz32(word);
  }
  return -1;
};

export const sameWords = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Little-endian value of `width` bytes, at most 4, of configuration space. */
export const configValue = (fn: FunctionView, offset: number, width: number): number => {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (fn.config[offset + i] ?? 0xff);
  return value;
};

export const sameResponse = (a: Response, b: Response): boolean => {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === "value") return a.value === (b as { value?: number }).value;
  return !("vector" in a) || a.vector === (b as { vector?: number }).vector;
};

export const sameFunction = (a: FunctionView, b: FunctionView | undefined): boolean =>
  a === b ||
  (b !== undefined &&
    a.powered === b.powered &&
    a.line === b.line &&
    a.msiPending === b.msiPending &&
    sameWords(a.table, b.table) &&
    sameWords(a.pending, b.pending) &&
    sameWords(a.config, b.config));
