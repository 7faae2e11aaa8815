/** Helpers of the conformance tests: the committed records, and records with one digit changed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { isLeft } from "fp-ts/lib/Either.js";
import { InputError } from "../../spec/core/decode.js";
import { irqEventByName } from "../../traces/format/irq-events.js";
import { Sidecar } from "../../traces/format/sidecar.js";
import { conformBuffer } from "./conform.js";
import type { ConformResult } from "./result.js";

export const recordNames = [
  "vectors",
  "vectors-pressure",
  "vectors-exhaust",
  "msi-intremap",
  "msi-amd",
  "vectors-8cpu",
  "msi-ports",
] as const;

/** The folder of the committed records, from the sources or from the compiled tree. */
export const recordsFolder = (): string => {
  let at = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const folder = join(at, "traces", "linux-7.0");
    if (existsSync(join(folder, "README.md"))) return folder;
    const up = dirname(at);
    if (up === at) return join(process.cwd(), "traces", "linux-7.0");
    at = up;
  }
};

export type Loaded = { readonly name: string; readonly text: Buffer; readonly sidecar: Sidecar };

export const loadRecord = (name: string): Loaded => {
  const folder = recordsFolder();
  const decoded = Sidecar.decode(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
  if (isLeft(decoded)) throw new Error(`${name}.json does not decode`);
  const text = gunzipSync(readFileSync(join(folder, `${name}.trace.gz`)));
  return { name, text, sidecar: decoded.right };
};

/** How a text was taken: a verdict, or "input" for an `InputError`. */
export const taken = (record: Loaded, text: Buffer): ConformResult | "input" => {
  try {
    return conformBuffer(`${record.name}.trace`, text, record.sidecar);
  } catch (error) {
    if (error instanceof InputError) return "input";
    throw error;
  }
};

/** A digit of a record: where it is, and the event and field it belongs to. */
export type Digit = { readonly at: number; readonly hex: boolean };
export type DigitClass = {
  readonly event: string;
  readonly field: string;
  readonly digits: Digit[];
};

const HEAD = /^(.{16}-)(\d+)( +\[)(\d+)(\] \S+ +)(\d+)(: )([a-z_]+):/;
const VALUE = /([a-z_]+)=-?(0x)?([0-9a-f]+)/g;

/** Every digit of every event, by event kind and field; `[CPU]`, `TIME` and `PID` are columns. */
export const digitClasses = (text: Buffer): DigitClass[] => {
  const classes = new Map<string, DigitClass>();
  const add = (event: string, field: string, from: number, to: number, hex: boolean): void => {
    const key = `${event} ${field}`;
    const known = classes.get(key) ?? { event, field, digits: [] };
    classes.set(key, known);
    for (let at = from; at < to; at++) known.digits.push({ at, hex });
  };
  let start = 0;
  for (const line of text.toString("latin1").split("\n")) {
    const m = HEAD.exec(line);
    if (m !== null) {
      const [all, comm = "", pid = "", gap = "", cpu = "", flags = "", time = "", , event = ""] = m;
      let at = start + comm.length;
      add(event, "PID", at, at + pid.length, false);
      at += pid.length + gap.length;
      add(event, "[CPU]", at, at + cpu.length, false);
      at += cpu.length + flags.length;
      add(event, "TIME", at, at + time.length, false);
      if (irqEventByName.get(event)?.origin !== "text") {
        for (const v of line.slice(all.length).matchAll(VALUE)) {
          const to = start + all.length + v.index + v[0].length;
          add(event, v[1] as string, to - (v[3] as string).length, to, v[2] === "0x");
        }
      }
    }
    start += line.length + 1;
  }
  return [...classes.values()];
};

/** A small seeded source of numbers in [0, bound). */
export const seeded = (seed: number): ((bound: number) => number) => {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x100000000) * bound);
  };
};

/** Another digit than the one at a place. */
export const otherDigit = (
  text: Buffer,
  digit: Digit,
  below: (bound: number) => number,
): number => {
  const digits = digit.hex ? "0123456789abcdef" : "0123456789";
  for (;;) {
    const code = digits.charCodeAt(below(digits.length));
    if (code !== text[digit.at]) return code;
  }
};
