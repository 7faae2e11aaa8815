/**
 * Where a decision is free. Linux makes each in one way; at contract level another legal choice
 * may be taken, and while following a system its own.
 */
import type { Config, Irq } from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import type { State as MatrixState } from "../allocator/state.js";
import { type MatrixOutcome, step as matrixStep } from "../allocator/step.js";
import { matrixConfig } from "./state.js";

export type Env = {
  readonly config: Config;
  /** A vector for a normal interrupt on one CPU of the mask; a reservation turns into it. */
  readonly alloc: (
    irq: number,
    matrix: MatrixState,
    cpus: readonly number[],
    entry: Irq,
  ) => MatrixOutcome;
  /** One of the vectors set aside for a managed interrupt. */
  readonly allocManaged: (
    irq: number,
    matrix: MatrixState,
    cpus: readonly number[],
    entry: Irq,
  ) => MatrixOutcome;
  readonly reserveManaged: (
    irq: number,
    matrix: MatrixState,
    cpus: readonly number[],
  ) => MatrixOutcome;
  readonly removeManaged: (matrix: MatrixState, cpus: readonly number[]) => MatrixOutcome;
  /** Whether a changed message goes through (old CPU, new vector) first. */
  readonly twoStep: (irq: Irq) => boolean;
  /** Whether a finished move is left for a later run of the cleanup timer. */
  readonly lingers: (irq: number, entry: Irq, pending: boolean) => boolean;
  /** Whether an interrupt whose pair satisfies a request stays where it is. */
  readonly keeps: (irq: number, entry: Irq) => boolean;
  /** The device raises again right after the first message write of the command. */
  readonly again: boolean;
  /** Takes an occupied slot without stopping: what a system did is not this model's mistake. */
  readonly forgiving: boolean;
};

/** Linux 7.0. */
export const linuxEnv = (config: Config): Env => {
  const below = matrixConfig(config);
  return {
    config,
    alloc: (_irq, matrix, cpus, entry) =>
      matrixStep(below, matrix, { kind: "alloc", cpus, reserved: entry.hasReserved }),
    allocManaged: (_irq, matrix, cpus) => matrixStep(below, matrix, { kind: "allocManaged", cpus }),
    reserveManaged: (_irq, matrix, cpus) =>
      matrixStep(below, matrix, { kind: "reserveManaged", cpus }),
    removeManaged: (matrix, cpus) => matrixStep(below, matrix, { kind: "removeManaged", cpus }),
    // A4: arch/x86/kernel/apic/msi.c msi_set_affinity() takes the careful path for interrupts in
    // reservation mode, which are the maskable ones, against the reason its comment gives.
    twoStep: (irq) => irq.coreCanReserve,
    lingers: (_irq, _entry, pending) => pending,
    keeps: () => true,
    again: false,
    forgiving: false,
  };
};
