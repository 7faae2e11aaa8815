/**
 * Who holds a file of the cache: a process that lives, or one that is gone and whose leftovers
 * may be wiped. A number alone would not do, since numbers are used again.
 */
import { readFileSync, readlinkSync, statSync } from "node:fs";
import { hostname } from "node:os";
import * as t from "io-ts";

/** How long the word of a process on another machine is believed, ms. */
const FOREIGN_MS = 6 * 3600_000;
/** How long a file may lie without its owner's name, which is written right after, ms. */
const NAMELESS_MS = 60_000;

const Owner = t.type({ pid: t.number, start: t.string, host: t.string }, "an owner");
export type Owner = t.TypeOf<typeof Owner>;

/** Start of a process in the kernel's own count; empty where there is no such process. */
const startOf = (pid: number | "self"): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in brackets, may hold anything; field 22 counts from its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // One that has ended and that nobody asked about stays in the list.
    return fields[0] === "Z" || fields[0] === "X" ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
};

/** Machines and containers count processes each on their own. */
const hostOf = (): string => {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
};

export const self = (): Owner => ({ pid: process.pid, start: startOf("self"), host: hostOf() });

/** Whether the process that a file names still runs. A file that is gone has no owner. */
export const ownerLives = (file: string): boolean => {
  let age: number;
  let text: string;
  try {
    age = Date.now() - statSync(file).mtimeMs;
    text = readFileSync(file, "utf8");
  } catch {
    return false;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return age < NAMELESS_MS;
  }
  if (!Owner.is(value)) return age < NAMELESS_MS;
  if (value.host !== hostOf()) return age < FOREIGN_MS;
  if (value.start !== "") return startOf(value.pid) === value.start;
  try {
    process.kill(value.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
