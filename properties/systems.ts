/** Systems that live in this process, by name. */
import { InputError } from "../spec/core/decode.js";
import { subsystems } from "./catalogue.js";
import { type LocalSystem, localSystem } from "./engine/session.js";
import type { AnySubsystem } from "./subsystem.js";

/** The reference judged by its own clauses. */
export const REFERENCE = "reference";
const FAULT = "fault:";

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
    const known = subsystem.faults.map((f) => `${FAULT}${f.name}`).join(", ");
    throw new InputError(
      { file: "--system" },
      `found "${name}", expected ${REFERENCE} or, for ${subsystem.path}, one of: ${known}`,
    );
  }
  return localSystem(subsystem, config, fault.wrap(subsystem.model));
};
