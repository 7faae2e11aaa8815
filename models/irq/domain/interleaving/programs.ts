/**
 * Each operation as its atomic steps. A step says which steps must come before it; the list's own
 * order is that of Linux, one function after another.
 */
import type { Work } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Task } from "./tasks.js";

/** A step as written down: its name, which may carry a number, and what comes before it. */
export type Line = {
  readonly name: string;
  readonly after: readonly string[];
  /** Not in Linux: the contract needs it, see README.md. */
  readonly extra?: boolean;
};

export type Step = {
  readonly name: string;
  readonly task: Task;
  readonly bit: number;
  /** Bits of the steps before it. */
  readonly after: number;
  readonly extra: boolean;
};

export type Program = {
  readonly steps: readonly Step[];
  /** Bit of a step by its name; 0 where the program has none of that name. */
  readonly bit: (name: string) => number;
};

const line = (name: string, ...after: readonly string[]): Line => ({ name, after });
const extra = (name: string, ...after: readonly string[]): Line => ({ name, after, extra: true });

export const compile = (lines: readonly Line[]): Program => {
  const bits = new Map(lines.map(({ name }, k) => [name, 1 << k]));
  const bit = (name: string): number => bits.get(name) ?? 0;
  const steps = lines.map(
    (l): Step => ({
      name: l.name,
      task: l.name.replace(/\d+$/, "") as Task,
      bit: bit(l.name),
      after: l.after.reduce((mask, name) => mask | bit(name), 0),
      extra: l.extra === true,
    }),
  );
  return { steps, bit };
};

/** The vector layer: kernel/irq/matrix.c and arch/x86/kernel/apic/vector.c, one locked section. */
const assign = (n: string, ...after: readonly string[]): readonly Line[] => [
  line(`lockMatrix${n}`, ...after),
  line(`find${n}`, `lockMatrix${n}`),
  line(`claim${n}`, `find${n}`),
  line(`record${n}`, `claim${n}`),
  line(`setSlot${n}`, `claim${n}`),
  line(`unlockMatrix${n}`, `find${n}`, `record${n}`, `setSlot${n}`),
];

/** drivers/pci/msi/msi.c:pci_write_msg_msix. */
const write = (n: string, ...after: readonly string[]): readonly Line[] => [
  line(`writeData${n}`, ...after),
  line(`writeAddress${n}`, ...after),
];

/** arch/x86/kernel/apic/vector.c:vector_schedule_cleanup. */
const schedule = (n: string, ...after: readonly string[]): readonly Line[] => [
  line(`lockMatrix${n}`, ...after),
  line(`queue${n}`, `lockMatrix${n}`),
  line(`unlockMatrix${n}`, `queue${n}`),
];

export type Lines = { readonly [W in Work]: readonly Line[] };

/** kernel/irq/manage.c:irq_set_affinity where the move is stored for the next event. */
const request = [
  line("lockIrq"),
  line("want", "lockIrq"),
  line("unlockIrq", "want"),
  line("finish", "unlockIrq"),
];

/** A move done by its caller, the entry rewritten under its mask. */
const moveEntry = [
  line("lockIrq"),
  ...assign("", "lockIrq"),
  line("mask", "find"),
  ...write("", "mask", "find"),
  line("unmask", "writeData", "writeAddress", "setSlot", "record"),
  line("unlockIrq", "unmask", "writeData", "writeAddress", "unlockMatrix"),
  line("finish", "unlockIrq"),
];

/** drivers/iommu/intel/irq_remapping.c:intel_ir_set_affinity. */
const moveRemapped = [
  line("lockIrq"),
  ...assign("", "lockIrq"),
  line("writeEntry", "setSlot"),
  line("invalidate", "writeEntry"),
  ...schedule("2", "unlockMatrix", "record", "invalidate"),
  line("unlockIrq", "unlockMatrix", "unlockMatrix2"),
  line("finish", "unlockIrq"),
];

/** kernel/irq/manage.c:disable_irq and enable_irq, kernel/irq/resend.c:check_irq_resend. */
const disable = [
  line("lockIrq"),
  line("disable", "lockIrq"),
  line("mask", "lockIrq"),
  line("unlockIrq", "disable", "mask"),
  line("waitHandler", "unlockIrq"),
  line("finish", "waitHandler"),
];

const enable = [
  line("lockIrq"),
  line("enable", "lockIrq"),
  line("unmask", "lockIrq"),
  line("resend", "lockIrq"),
  line("unlockIrq", "enable", "unmask", "resend"),
  line("finish", "unlockIrq"),
];

/** kernel/irq/manage.c:__free_irq, then the domain's deactivation, child first. */
const free = (remapped: boolean): readonly Line[] => [
  line("lockIrq"),
  line("unregister", "lockIrq"),
  line("mask", "lockIrq"),
  line("unlockIrq", "unregister", "mask"),
  line("waitHandler", "unlockIrq"),
  extra("waitInFlight", "unlockIrq"),
  line("lockIrq2", "waitHandler", "waitInFlight"),
  ...(remapped ? [line("clearEntry", "lockIrq2"), line("invalidate", "clearEntry")] : []),
  line("lockMatrix", "lockIrq2", "invalidate"),
  line("clearSlot", "lockMatrix"),
  line("release", "lockMatrix"),
  line("clearOldSlot", "lockMatrix"),
  line("releaseOld", "lockMatrix"),
  line("forget", "clearSlot", "release", "clearOldSlot", "releaseOld"),
  line("unlockMatrix", "forget"),
  line("unlockIrq2", "unlockMatrix"),
  line("finish", "unlockIrq2"),
];

/** kernel/irq/manage.c:__setup_irq: activation parent first, handler, startup. */
const allocate = (remapped: boolean): readonly Line[] => [
  line("lockIrq"),
  ...assign("", "lockIrq"),
  ...(remapped
    ? [line("writeEntry", "setSlot"), line("invalidate", "writeEntry")]
    : write("", "find")),
  line("register", "unlockMatrix"),
  line("unmask", "register", "setSlot", "record", "writeData", "writeAddress", "invalidate"),
  line("unlockIrq", "unmask", "unlockMatrix"),
  line("finish", "unlockIrq"),
];

/** What is over before the lock of the interrupt may be dropped. */
const settled = [
  ...["mark", "mask3", "unlockMatrix1", "unlockMatrix2"],
  ...["writeData", "writeAddress", "unmask"],
] as const;

/**
 * arch/x86/kernel/irq.c:common_interrupt and kernel/irq/chip.c:handle_edge_irq, with the moves
 * that its acknowledgement does: irq_complete_move and irq_move_irq. Steps from `unmask3` to
 * `close` are a loop while events were marked.
 */
const interrupt = [
  line("take"),
  line("dispatch", "take"),
  line("lockIrq", "dispatch"),
  line("mark", "lockIrq"),
  line("mask3", "lockIrq"),
  ...schedule("1", "lockIrq"),
  line("mask", "mask3", "unlockMatrix1"),
  ...assign("2", "mask", "mask3", "unlockMatrix1"),
  ...write("", "mask", "find2"),
  line("unmask", "writeData", "writeAddress", "unlockMatrix2"),
  line("acknowledge", "dispatch"),
  line("unmask3", ...settled),
  line("start", "unmask3", ...settled),
  line("unlockIrq", "start"),
  line("end", "unlockIrq"),
  line("lockIrq2", "end"),
  line("close", "lockIrq2"),
  line("unlockIrq2", "close", ...settled),
  line("finish", "unlockIrq2", "acknowledge"),
];

/** arch/x86/kernel/apic/vector.c:__vector_cleanup and free_moved_vector, one entry a run. */
const cleanup = [
  line("lockMatrix"),
  line("inspect", "lockMatrix"),
  line("releaseOld", "inspect"),
  line("clearOldSlot", "inspect"),
  line("forget", "releaseOld", "clearOldSlot"),
  line("unlockMatrix", "forget"),
  line("finish", "unlockMatrix"),
];

export const linesOf = (remapped: boolean): Lines => ({
  move: remapped ? moveRemapped : moveEntry,
  request,
  disable,
  enable,
  free: free(remapped),
  allocate: allocate(remapped),
  interrupt,
  cleanup,
});

/** The programs of a kernel, with a remapping unit and without. */
export type Programs = {
  readonly plain: { readonly [W in Work]: Program };
  readonly remapped: { readonly [W in Work]: Program };
};

const works: readonly Work[] = [
  "move",
  "request",
  "disable",
  "enable",
  "free",
  "allocate",
  "interrupt",
  "cleanup",
];

/** Changes the written-down steps of an operation; seeded faults are made so. */
export type Edit = (lines: Lines) => Lines;

export const programs = (edit: Edit = (lines) => lines): Programs => {
  const made = (remapped: boolean): { readonly [W in Work]: Program } => {
    const lines = edit(linesOf(remapped));
    return Object.fromEntries(works.map((work) => [work, compile(lines[work])])) as {
      readonly [W in Work]: Program;
    };
  };
  return { plain: made(false), remapped: made(true) };
};
