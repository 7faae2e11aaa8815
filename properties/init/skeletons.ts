/** Subsystems for which there is a harness to start from, and the parts of a configuration. */
import type { AnySubsystem } from "../subsystem.js";
import { refuseHardware, selectSubsystems } from "../systems.js";

export type Skeleton = {
  readonly subsystem: AnySubsystem;
  /** Name of the program: the path without the room that all of them are in. */
  readonly program: string;
  /** Globs of files that are likely to hold the module, below a folder of sources. */
  readonly files: readonly string[];
};

/** File names of modules, by path of the subsystem; others go by the last part of their path. */
const likely: Readonly<Record<string, readonly string[]>> = {
  "irq/vector-matrix/allocator": ["*vector*.rs", "*idt*.rs"],
  "irq/vector-matrix/assignment": ["*affinity*.rs", "*vector*.rs"],
  "irq/capability": ["*msi*.rs", "*pci*.rs"],
  "irq/msi-message": ["*msi*.rs"],
  "irq/domain": ["*irq*.rs", "*interrupt*.rs"],
  "irq/domain/interleaving": ["*irq*.rs", "*interrupt*.rs"],
  "irq/lapic-timer": ["*timer*.rs", "*apic*.rs"],
  "irq/driver": ["*driver*.rs", "*msi*.rs", "*irq*.rs"],
};

export const skeletonOf = (subsystem: AnySubsystem): Skeleton => {
  const parts = subsystem.path.split("/");
  return {
    subsystem,
    program: parts.slice(1).join("-"),
    files: likely[subsystem.path] ?? [`*${parts.at(-1)}*.rs`],
  };
};

/** The skeletons of the areas that are named; all unless told. Throws InputError. */
export const selectSkeletons = (areas: readonly string[]): readonly Skeleton[] => {
  for (const area of areas) refuseHardware(area, selectSubsystems([area]));
  return selectSubsystems(areas)
    .filter(({ hardware }) => hardware !== true)
    .map(skeletonOf);
};
