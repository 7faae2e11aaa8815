/** The matrix before the first interrupt: lapic_assign_system_vectors, legacy assignments. */
import { CASCADE_VECTOR } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { ISA_IRQS, ISA_VECTORS } from "./irq-state.js";
import { type Ctx, type Flow, peek, took, type World } from "./world.js";

/**
 * Vectors that Debian's 7.0 kernels reserve: exceptions, the 32-bit system call, the local APIC
 * timer, posted interrupts, and 0xf4 upwards.
 */
const isDistributionVector = (bit: number): boolean =>
  bit < 32 || bit === 0x80 || bit === 0xec || (bit >= 0xf0 && bit <= 0xff && bit !== 0xf3);

/** What any x86-64 kernel may reserve: nothing of the device range but the two fixed vectors. */
const maySystem = (bit: number): boolean =>
  bit < 32 || bit === 0x80 || (bit >= 0xeb && bit <= 0xff);

/** All of this runs on the boot CPU, before any other. */
const BOOT_CPU = 0;
const notBoot = (w: World, event: TraceEvent): never =>
  w.judge.refuse(event, C.system, `${event.kind.name} on CPU ${event.cpu}, not on the boot CPU`);

/** The next vector that a distribution kernel reserves after `bit`; the cascade comes last. */
const nextSystem = (bit: number): number => {
  for (let next = bit + 1; next < 256; next++) if (isDistributionVector(next)) return next;
  return CASCADE_VECTOR;
};

/** lapic_update_legacy_vectors() without IO-APIC: the next legacy interrupt left to the PIC. */
const nextLegacy = (w: World): number => {
  for (let bit = ISA_VECTORS; bit < ISA_VECTORS + ISA_IRQS; bit++) {
    if (w.matrix.view.isAllocated(BOOT_CPU, bit)) return bit;
  }
  return -1;
};

/** irq_matrix_assign_system(), in ascending order of the vectors, then the PIC cascade. */
export function* assigningSystem(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const bit = event.lo[0] as number;
  if (event.cpu !== BOOT_CPU || event.context !== "task") notBoot(w, event);
  const distribution = /^7\.0\.\d+\+deb/.test(w.sidecar.kernel);
  const replace = w.matrix.view.onlineMaps === 1;
  const listed = distribution ? nextSystem(w.lastSystem) : bit;
  const expected = replace ? nextLegacy(w) : listed;
  const listedAdmitted =
    bit === CASCADE_VECTOR ? w.lastSystem >= 0xec : maySystem(bit) && bit > w.lastSystem;
  const admitted = replace ? w.online.cpus.length === 1 : listedAdmitted;
  w.judge.begin(event, distribution || replace ? "linux" : "contract");
  w.judge.is(0, expected, C.system);
  const response = w.matrixStep({ kind: "assignSystem", cpu: event.cpu, vector: bit, replace });
  w.matrix.globals(1, C.counters);
  w.judge.end(() => [`the next system vector is ${expected}`]);
  if (response.kind !== "done" || !admitted) {
    w.judge.refuse(event, C.system, `vector ${bit} is no system vector that comes next`, [
      `after ${w.lastSystem}: a higher one of 0..31, 128, 235..255; last the cascade, 50`,
    ]);
  }
  w.lastSystem = bit;
}

/** irq_matrix_assign(): the legacy interrupts of the boot CPU, ascending, without the cascade. */
export function* assigning(w: World, ctx: Ctx): Flow {
  const event = yield* peek(ctx, false);
  took(ctx);
  const { cpu } = event;
  if (cpu !== BOOT_CPU) notBoot(w, event);
  let bit = w.lastLegacy + 1;
  if (bit === CASCADE_VECTOR) bit++;
  w.lastLegacy = bit;
  const response = w.matrixStep({ kind: "assign", cpu, vector: bit });
  if (response.kind !== "done" || bit >= ISA_VECTORS + ISA_IRQS) {
    w.judge.refuse(event, C.counters, `cpu ${cpu} cannot be assigned vector ${bit}`);
  }
  w.matrix.perCpu(event, cpu, bit, C.counters);
}

/** The kinds that may begin a record that starts with the boot. */
export const firstOfBoot = E.matrixAssignSystem;
