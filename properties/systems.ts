/** Systems by name: those that live in this process, and programs that come with it. */
import { fileURLToPath } from "node:url";
import { InputError } from "../spec/core/decode.js";
import { subsystems } from "./catalogue.js";
import { type LocalSystem, localSystem } from "./engine/session.js";
import type { AnySubsystem } from "./subsystem.js";

/** The reference judged by its own clauses. */
export const REFERENCE = "reference";
const FAULT = "fault:";

/** Systems by name that are programs of this package: a child process and the one thing it is. */
const programs: Readonly<Record<string, { readonly subsystem: string; readonly file: string }>> = {
  qtest: { subsystem: "hardware/machine", file: "./qtest/main.js" },
};

/** The command of a system that is a program, and its subsystem; undefined for other names. */
export const programNamed = (
  name: string | undefined,
): { readonly name: string; readonly subsystem: string; readonly command: string } | undefined => {
  const program = programs[name ?? ""];
  if (program === undefined || name === undefined) return undefined;
  const path = fileURLToPath(new URL(program.file, import.meta.url));
  return { name, subsystem: program.subsystem, command: `'${process.execPath}' '${path}'` };
};

export const findSubsystem = (path: string): AnySubsystem => {
  const found = subsystems.find((subsystem) => subsystem.path === path);
  if (found === undefined) {
    const known = subsystems.map((subsystem) => subsystem.path).join(", ");
    throw new InputError({ file: "area" }, `found "${path}", expected one of: ${known}`);
  }
  return found;
};

/** The subsystems that an AREA names: a path, or a prefix of it that ends at a slash. */
export const selectSubsystems = (areas: readonly string[]): readonly AnySubsystem[] => {
  if (areas.length === 0) return subsystems;
  const chosen = new Set<AnySubsystem>();
  for (const area of areas) {
    const prefix = area.replace(/\/+$/, "");
    const matching = subsystems.filter(
      (subsystem) => subsystem.path === prefix || subsystem.path.startsWith(`${prefix}/`),
    );
    if (matching.length === 0) findSubsystem(area);
    for (const subsystem of matching) chosen.add(subsystem);
  }
  return subsystems.filter((subsystem) => chosen.has(subsystem));
};

/** Where an area is hardware alone, no kernel has a module for it: throws InputError. */
export const refuseHardware = (area: string, found: readonly AnySubsystem[]): void => {
  if (!found.every(({ hardware }) => hardware === true)) return;
  const known = subsystems.filter(({ hardware }) => hardware !== true).map(({ path }) => path);
  throw new InputError(
    { file: "area" },
    `found "${area}", which is the hardware, expected code of a kernel: ${known.join(", ")}`,
  );
};

/**
 * `reference` is judged directly (undefined); `fault:NAME` is a seeded fault. Throws InputError
 * for a name that does not exist.
 */
export const systemByName = (
  subsystem: AnySubsystem,
  config: unknown,
  name: string,
): LocalSystem | undefined => {
  if (name === REFERENCE) return undefined;
  const fault = name.startsWith(FAULT)
    ? subsystem.faults.find((f) => f.name === name.slice(FAULT.length))
    : undefined;
  if (fault === undefined) {
    const own = Object.keys(programs).filter((key) => programs[key]?.subsystem === subsystem.path);
    const known = [...own, ...subsystem.faults.map((f) => `${FAULT}${f.name}`)].join(", ");
    throw new InputError(
      { file: "--system" },
      `found "${name}", expected ${REFERENCE} or, for ${subsystem.path}, one of: ${known}`,
    );
  }
  return localSystem(subsystem, config, fault.wrap(subsystem.model));
};
