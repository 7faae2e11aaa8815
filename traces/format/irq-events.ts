/**
 * The events that interrupt records hold: the static tracepoints of the vector matrix and of the
 * x86 vector layer, and the probes listed in `traces/linux-7.0/README.md`. A format line is the
 * event's text after its name: `%u` unsigned decimal, `%d` signed decimal, `%x` hexadecimal with
 * `0x`, up to 64 bits. The field order is the order printed.
 */

/** Where an event's text comes from. */
export type Origin =
  /** A tracepoint. Not emitted by a CPU that is already marked offline. */
  | "static"
  /** A probe at a function's entry: `(function+off/size)` comes first. */
  | "entry"
  /** A probe at a function's return: `(caller+off/size <- function)` comes first. */
  | "return"
  /** Free text, a note of the workload. */
  | "text";

export type FieldKind = "u" | "d" | "x";

export type Field = {
  readonly name: string;
  readonly kind: FieldKind;
  /** Text between the previous value and this one, such as ", global_rsvd=". */
  readonly lead: string;
};

export type EventKind = {
  /** Index in `irqEvents`; dense from 0. */
  readonly id: number;
  readonly name: string;
  readonly origin: Origin;
  /** The probed Linux function, for entry and return probes. */
  readonly probed: string;
  readonly fields: readonly Field[];
};

const FIELD = /([^%]*=)%([udx])/g;

const fieldsOf = (format: string): readonly Field[] =>
  [...format.matchAll(FIELD)].map(([, lead, kind]) => {
    const text = lead as string;
    const name = text.slice(text.search(/[a-z_]/), -1);
    return { name, kind: kind as FieldKind, lead: text };
  });

const kinds: EventKind[] = [];

const event = (name: string, origin: Origin, probed: string, format: string): EventKind => {
  const kind = { id: kinds.length, name, origin, probed, fields: fieldsOf(format) };
  kinds.push(kind);
  return kind;
};

const tracepoint = (name: string, format: string): EventKind => event(name, "static", "", format);

const GLOBAL = "online_maps=%u global_avl=%u, global_rsvd=%u, total_alloc=%u";
const PER_CPU = `bit=%u cpu=%u online=%d avl=%u alloc=%u managed=%u ${GLOBAL}`;
const PAIRS = "irq=%u vector=%u cpu=%u prev_vector=%u prev_cpu=%u";

/** Names as in the record; counters are those after the operation. */
export const E = {
  // Linux include/trace/events/irq_matrix.h
  matrixAssignSystem: tracepoint("irq_matrix_assign_system", `bit=%u ${GLOBAL}`),
  matrixOnline: tracepoint("irq_matrix_online", GLOBAL),
  matrixOffline: tracepoint("irq_matrix_offline", GLOBAL),
  matrixReserve: tracepoint("irq_matrix_reserve", GLOBAL),
  matrixRemoveReserved: tracepoint("irq_matrix_remove_reserved", GLOBAL),
  matrixAssign: tracepoint("irq_matrix_assign", PER_CPU),
  matrixAlloc: tracepoint("irq_matrix_alloc", PER_CPU),
  matrixFree: tracepoint("irq_matrix_free", PER_CPU),
  matrixReserveManaged: tracepoint("irq_matrix_reserve_managed", PER_CPU),
  matrixRemoveManaged: tracepoint("irq_matrix_remove_managed", PER_CPU),
  matrixAllocManaged: tracepoint("irq_matrix_alloc_managed", PER_CPU),
  // Linux arch/x86/include/asm/trace/irq_vectors.h
  vectorConfig: tracepoint("vector_config", "irq=%u vector=%u cpu=%u apicdest=%x"),
  vectorUpdate: tracepoint("vector_update", PAIRS),
  vectorClear: tracepoint("vector_clear", PAIRS),
  vectorReserve: tracepoint("vector_reserve", "irq=%u ret=%d"),
  vectorReserveManaged: tracepoint("vector_reserve_managed", "irq=%u ret=%d"),
  vectorAlloc: tracepoint("vector_alloc", "irq=%u vector=%u reserved=%d ret=%d"),
  vectorAllocManaged: tracepoint("vector_alloc_managed", "irq=%u vector=%u ret=%d"),
  vectorActivate: tracepoint("vector_activate", "irq=%u is_managed=%d can_reserve=%d reserve=%d"),
  vectorDeactivate: tracepoint(
    "vector_deactivate",
    "irq=%u is_managed=%d can_reserve=%d reserve=%d",
  ),
  vectorTeardown: tracepoint("vector_teardown", "irq=%u is_managed=%d has_reserved=%d"),
  vectorSetup: tracepoint("vector_setup", "irq=%u is_legacy=%d ret=%d"),
  vectorFreeMoved: tracepoint("vector_free_moved", "irq=%u cpu=%u vector=%u is_managed=%d"),
  // Probes of kernel/irq/matrix.c
  mxAlloc: event("mx_al", "return", "irq_matrix_alloc", " msk=%x rsv=%u cpu=%u ret=%d"),
  mxAllocManaged: event("mx_am", "return", "irq_matrix_alloc_managed", " msk=%x cpu=%u ret=%d"),
  mxReserveManaged: event("mx_rm", "return", "irq_matrix_reserve_managed", " msk=%x ret=%d"),
  mxRemoveManaged: event("mx_xm", "entry", "irq_matrix_remove_managed", " msk=%x"),
  mxFree: event("mx_fr", "entry", "irq_matrix_free", " cpu=%u bit=%u man=%u"),
  mxReserve: event("mx_rs", "return", "irq_matrix_reserve", ""),
  mxRemoveReserved: event("mx_rr", "return", "irq_matrix_remove_reserved", ""),
  mxOnline: event("mx_on", "entry", "irq_matrix_online", ""),
  mxOffline: event("mx_off", "entry", "irq_matrix_offline", ""),
  // Probes of affinity changes and messages
  setAffinity: event("vec_setaff", "entry", "irq_do_set_affinity", " irq=%u mask=%x force=%u"),
  setAffinityReturn: event("vec_setaff_r", "return", "irq_do_set_affinity", " ret=%d"),
  msiCompose: event("msi_comp", "entry", "__irq_msi_compose_msg", " vec=%u dest=%u dmar=%u"),
  msiWrite: event("msi_wr", "entry", "__pci_write_msi_msg", " irq=%u alo=%x ahi=%x data=%x"),
  // Probes of VT-d interrupt remapping
  irteWrite: event(
    "ir_irte",
    "entry",
    "modify_irte",
    " irte_lo=%x irte_hi=%x idx=%u sub=%u mask=%u",
  ),
  irCompose: event("ir_comp", "entry", "intel_ir_compose_msi_msg", " irq=%u"),
  // Probes of AMD interrupt remapping, 128-bit entries
  gaPrepare: event("ir_gaprep", "entry", "irte_ga_prepare", " mode=%u dm=%u vec=%u dest=%u dev=%x"),
  gaActivate: event("ir_gaact", "return", "irte_ga_activate", " dev=%x idx=%u lo=%x hi=%x"),
  gaDeactivate: event("ir_gadeact", "return", "irte_ga_deactivate", " dev=%x idx=%u lo=%x hi=%x"),
  gaAffinity: event("ir_gaaff", "entry", "irte_ga_set_affinity", " dev=%x idx=%u vec=%u dest=%u"),
  // Probes of AMD interrupt remapping, 32-bit entries
  prepare: event("ir_prep", "entry", "irte_prepare", " mode=%u dm=%u vec=%u dest=%u dev=%x"),
  activate: event("ir_act", "return", "irte_activate", " dev=%x idx=%u lo=%x"),
  deactivate: event("ir_deact", "return", "irte_deactivate", " dev=%x idx=%u lo=%x"),
  affinity: event("ir_aff", "entry", "irte_set_affinity", " dev=%x idx=%u vec=%u dest=%u"),
  mark: event("tracing_mark_write", "text", "", ""),
} as const;

export const irqEvents: readonly EventKind[] = kinds;

export const irqEventByName: ReadonlyMap<string, EventKind> = new Map(
  kinds.map((kind) => [kind.name, kind]),
);

/** Position of a field of an event; a wrong name is a slip of ours and fails at load. */
export const fieldIndex = (kind: EventKind, name: string): number => {
  const index = kind.fields.findIndex((field) => field.name === name);
  if (index < 0) throw new Error(`${kind.name} has no field ${name}`);
  return index;
};
