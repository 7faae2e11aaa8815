/**
 * What the followers share: the model's state, the online CPUs, and for each context of the
 * record (a task, or the interrupt level of a CPU) the operation that it is in.
 *
 * An operation is a generator that mirrors one Linux function: it asks for the events which that
 * function emits, in order. Operations of different contexts interleave freely; the record's
 * order is the order of their effects, since the kernel emits them under its locks.
 */
import type { Command, Response } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E, type EventKind, irqEvents } from "../../traces/format/irq-events.js";
import type { Sidecar } from "../../traces/format/sidecar.js";
import { defaultCpus, probeRanks } from "./coverage.js";
import { type CpuMask, CpuMasks, maskText } from "./cpu-mask.js";
import { IndexTable } from "./index-table.js";
import type { IrqState } from "./irq-state.js";
import { Judge, ownClause } from "./judge.js";
import { MatrixFollower } from "./matrix-follower.js";
import { type AffinityRequest, Notes } from "./notes.js";
import type { Observer } from "./observer.js";

export type Flow<T = void> = Generator<void, T, void>;

/** One context of the record and the operation it is in. */
export class Ctx {
  readonly key: string;
  flow: Flow | undefined;
  /** The event that waits to be taken. */
  event: TraceEvent | undefined;
  /** The operation may end instead of taking another event. */
  mayEnd = true;
  /** What the operation waits for, for explanations. */
  wanted: EventKind | undefined;
  /** CPU and interrupt state of the last event taken. */
  cpu = -1;
  irqsOff = false;
  /** Pid of the last event; interrupt levels see the pid of the task they interrupted. */
  pid = -1;
  /** Interrupts set up here whose remapping entry is not prepared yet (AMD). */
  unprepared: IrqState[] = [];
  /** The workload's affinity request without its result yet. */
  affinity: AffinityRequest | undefined;
  /** The workload's hotplug request without its result yet. */
  hotplug: { cpu: number; offline: boolean; refused: boolean; switches: number } | undefined;
  /** The last event given to this context; its content changes with the next line. */
  last: TraceEvent | undefined;
  constructor(key: string) {
    this.key = key;
  }
}

export class World {
  readonly judge = new Judge();
  readonly masks = new CpuMasks();
  readonly matrix: MatrixFollower;
  readonly irqs = new Map<number, IrqState>();
  readonly sidecar: Sidecar;
  readonly cpuCount: number;
  /** Linux cpu_online_mask. */
  online: CpuMask;
  /** Affinity of an interrupt for which nobody chose one. */
  readonly defaultAffinity: CpuMask;
  /** CPUs marked offline that have not left the matrix yet. */
  dying: CpuMask;
  /** APIC id of each CPU; -1 until known. */
  readonly apicIds: Int32Array;
  /** Whether a probe is known to be armed: its events are then mandatory. */
  readonly armed: Uint8Array;
  /** Place of a probe in the kernel's list, in which it arms them; -1 for one not listed. */
  readonly #rank: Int32Array;
  #armedRank = -1;
  /** The last system vector and the last legacy vector seen. */
  lastSystem = -1;
  lastLegacy = 47;
  /** VT-d: table indices in use. */
  readonly indices = new IndexTable();
  /** VT-d: indices no longer predictable, because a block was allocated unseen. */
  indexKnown = true;
  /** VT-d: 32-bit destinations (x2APIC). */
  readonly extended: boolean;
  /** What users ask for. */
  readonly notes: Notes;
  /** First interrupt number that is not an IO-APIC pin. */
  readonly firstDynamicIrq: number;
  /** Requester id of the IO-APIC (AMD) or its IRTE high word (VT-d); -1 until seen. */
  ioApicSource = -1;
  /** AMD: table indices in use, per requester id. */
  readonly tables = new Map<number, IndexTable>();

  observer: Observer | undefined;
  /** Line of the last event followed. */
  lastLine = 0;

  constructor(sidecar: Sidecar) {
    this.sidecar = sidecar;
    this.cpuCount = sidecar.lost.per_cpu_overrun_and_commit_overrun.length;
    this.matrix = new MatrixFollower(this.judge, this.cpuCount);
    this.online = this.masks.none;
    this.dying = this.masks.none;
    this.defaultAffinity =
      defaultCpus(sidecar)?.reduce((mask, cpu) => this.masks.with(mask, cpu), this.masks.none) ??
      this.masks.of(0xffffffff, 0xffffffff);
    this.apicIds = new Int32Array(this.cpuCount).fill(-1);
    this.armed = new Uint8Array(irqEvents.length);
    this.#rank = probeRanks(sidecar);
    const dmesg = sidecar.dmesg_selected ?? [];
    this.extended = dmesg.some((line) => /IRQ remapping in x2apic mode/.test(line));
    this.notes = new Notes(sidecar, this.cpuCount);
    // Without IO-APIC the numbers after the legacy interrupts are free.
    let pins = / noapic(?: |$)/.test(` ${sidecar.kernel_command_line ?? ""}`) ? 16 : 24;
    for (const line of dmesg) {
      const gsi = /IOAPIC\[\d+\]:.*GSI \d+-(\d+)/.exec(line);
      if (gsi !== null) pins = Math.max(pins, Number(gsi[1]) + 1);
    }
    this.firstDynamicIrq = pins;
    this.#knownApicIds(dmesg);
  }

  /** APIC ids from boot messages; QEMU without a topology numbers them like the CPUs. */
  #knownApicIds(dmesg: readonly string[]): void {
    if (/ -smp \d+ /.test(`${this.sidecar.qemu_command ?? ""} `)) {
      for (let cpu = 0; cpu < this.cpuCount; cpu++) this.apicIds[cpu] = cpu;
    }
    for (const line of dmesg) {
      const m = /Processor (\d+) APIC 0x([0-9a-f]{1,8})/.exec(line);
      if (m === null || Number(m[1]) >= this.cpuCount) continue;
      this.apicIds[Number(m[1])] = Number.parseInt(m[2] as string, 16);
    }
  }

  /**
   * Notes that a probe reported: it and all before it in the kernel's list are armed.
   * Linux kernel/trace/trace_kprobe.c setup_boot_kprobe_events arms them in list order.
   */
  sawProbe(kind: EventKind): void {
    if (this.armed[kind.id] === 1) return;
    this.armed[kind.id] = 1;
    const rank = this.#rank[kind.id] as number;
    if (rank <= this.#armedRank) return;
    this.#armedRank = rank;
    for (let id = 0; id < irqEvents.length; id++) {
      const other = this.#rank[id] as number;
      if (other >= 0 && other <= rank) this.armed[id] = 1;
    }
  }

  isArmed(kind: EventKind): boolean {
    return this.armed[kind.id] === 1;
  }

  /** irq_setup_affinity() without a user's mask: the default while one of its CPUs is online. */
  startupDefault(online: CpuMask): CpuMask {
    const common = this.masks.and(this.defaultAffinity, online);
    return common === this.masks.none ? online : common;
  }

  /** Whether the sidecar lists the kernel's probes without this one. */
  isAbsent(kind: EventKind): boolean {
    return this.sidecar.dynamic_events !== undefined && this.#rank[kind.id] === -1;
  }

  /** Contexts between the end of a set-up and their next event: their indices may be swapped. */
  readonly #racing = new Set<Ctx>();
  #race = 0;

  enterRace(ctx: Ctx): number {
    if (this.#racing.size === 0) this.#race++;
    this.#racing.add(ctx);
    return this.#race;
  }

  leaveRace(ctx: Ctx): void {
    if (this.#racing.size > 0) this.#racing.delete(ctx);
  }

  /**
   * Whether a difference comes of a CPU that left unseen: without the probe of it nothing shows
   * that, and what the CPU moved away is not known either.
   */
  offlineUnseen(event: TraceEvent): boolean {
    if (this.#rank[E.mxOffline.id] !== -1 || this.isArmed(E.mxOffline)) return false;
    const at = event.kind.fields.findIndex((field) => field.name === "online_maps");
    if (event.kind === E.matrixOnline) return this.matrix.view.online(event.cpu);
    if (event.kind === E.mark) return /^res cpu\d+ r=0\s*$/.test(event.message);
    return at >= 0 && (event.lo[at] as number) < this.matrix.view.onlineMaps;
  }

  /** A matrix operation outside the sections of the vector layer. */
  matrixStep(command: Command): Response {
    this.observer?.matrix(command);
    return this.matrix.step(command);
  }

  /** The destination APIC id of a CPU; learnt where no boot message tells it. */
  apicId(cpu: number, recorded: number): number {
    const known = this.apicIds[cpu];
    if (known === undefined) return -1;
    if (known >= 0) return known;
    if (this.apicIds.includes(recorded)) return -1;
    this.apicIds[cpu] = recorded;
    return recorded;
  }

  /** Refuses the waiting event: the operation of its context has no place for it. */
  unexpected(event: TraceEvent, wanted: EventKind | undefined, clause: number): never {
    const what =
      wanted === undefined
        ? `${event.kind.name} where no operation of the model emits it`
        : `${event.kind.name} where the model emits ${wanted.name}`;
    return this.judge.refuse(event, clause, what, [
      wanted === undefined
        ? "start of another operation"
        : `next event of the operation: ${wanted.name}`,
      `online CPUs ${maskText(this.online)}`,
    ]);
  }
}

/** Waits for the next event of the context, without taking it. */
export function* peek(ctx: Ctx, mayEnd: boolean): Flow<TraceEvent> {
  if (ctx.event === undefined) {
    ctx.mayEnd = mayEnd;
    yield;
    ctx.mayEnd = false;
  }
  return ctx.event as TraceEvent;
}

/** Takes the waiting event. */
export const took = (ctx: Ctx): void => {
  ctx.event = undefined;
};

/** Takes the next event, which must be of this kind. */
export function* take(w: World, ctx: Ctx, kind: EventKind, clause?: number): Flow<TraceEvent> {
  ctx.wanted = kind;
  const event = yield* peek(ctx, false);
  if (event.kind !== kind) w.unexpected(event, kind, clause ?? ownClause(kind.name));
  took(ctx);
  return event;
}

/** Whether tracepoints of the context's CPU are recorded: not once it is marked offline. */
export const isVisible = (w: World, ctx: Ctx): boolean =>
  w.dying.lo === 0 && w.dying.hi === 0 ? true : !w.dying.cpus.includes(ctx.cpu);

/** Takes a tracepoint event, or returns undefined on a CPU that is marked offline. */
export function* tracepoint(
  w: World,
  ctx: Ctx,
  kind: EventKind,
  clause?: number,
): Flow<TraceEvent | undefined> {
  if (!isVisible(w, ctx)) return undefined;
  ctx.wanted = kind;
  const event = yield* peek(ctx, false);
  if (event.kind !== kind) w.unexpected(event, kind, clause ?? ownClause(kind.name));
  took(ctx);
  return event;
}

/** Takes a probe's event; undefined while the probe may not be armed yet and is silent. */
export function* probe(
  w: World,
  ctx: Ctx,
  kind: EventKind,
  clause?: number,
): Flow<TraceEvent | undefined> {
  if (w.isArmed(kind)) return yield* take(w, ctx, kind, clause);
  if (w.isAbsent(kind)) return undefined;
  const event = yield* peek(ctx, true);
  if (event.kind !== kind) return undefined;
  took(ctx);
  return event;
}

/**
 * Waits until the operation's locked part begins, so that the model acts when the kernel did.
 * `kind` is the probe of that part, which a CPU marked offline shows alone.
 */
export function* ready(w: World, ctx: Ctx, kind: EventKind): Flow {
  if (!isVisible(w, ctx) && !w.isArmed(kind)) return;
  ctx.wanted = kind;
  yield* peek(ctx, false);
}

/** The interrupt an event names; one the model does not know is refused. */
export const knownIrq = (w: World, event: TraceEvent, index: number): IrqState => {
  const irq = event.lo[index] as number;
  const state = w.irqs.get(irq);
  if (state !== undefined) return state;
  const known = [...w.irqs.keys()].sort((a, b) => a - b).join(" ");
  return w.judge.refuse(
    event,
    ownClause(event.kind.name),
    `${event.kind.name}: irq ${irq} is not set up in the model`,
    [`interrupts set up: ${known}`],
  );
};
