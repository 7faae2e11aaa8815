/**
 * Follows a record event by event: finds the context of each, and the operation of the model
 * that it belongs to.
 */
import { InputError } from "../../spec/core/decode.js";
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E, type EventKind, irqEvents } from "../../traces/format/irq-events.js";
import type { Sidecar } from "../../traces/format/sidecar.js";
import { activating, deactivating } from "./flow-activate.js";
import { freeingMoved, settingAffinity } from "./flow-affinity.js";
import { assigning, assigningSystem } from "./flow-boot.js";
import { comingOnline, forcingMoves, goingOffline, markDying } from "./flow-hotplug.js";
import { judgeLone } from "./flow-lone.js";
import { noteMark } from "./flow-mark.js";
import {
  clearing,
  preparing,
  setupLegacy,
  setupManaged,
  setupReserved,
  teardown,
} from "./flow-setup.js";
import { ownClause } from "./judge.js";
import { Ctx, type Flow, World } from "./world.js";

type Start = (w: World, ctx: Ctx) => Flow;

/** The operation that an event begins; a kind that is not listed begins none. */
const starts: (Start | undefined)[] = new Array(irqEvents.length).fill(undefined);
const start = (kinds: readonly EventKind[], flow: Start): void => {
  for (const kind of kinds) starts[kind.id] = flow;
};
start([E.matrixAssignSystem], assigningSystem);
start([E.matrixAssign], assigning);
start([E.matrixOnline, E.mxOnline], comingOnline);
start([E.mxOffline], goingOffline);
start([E.mxFree], forcingMoves);
start([E.matrixReserve], setupReserved);
start([E.matrixReserveManaged, E.mxReserveManaged], setupManaged);
start([E.vectorSetup], setupLegacy);
start([E.vectorClear], clearing);
start([E.vectorTeardown], teardown);
start([E.vectorActivate], activating);
start([E.vectorDeactivate, E.irteWrite, E.gaDeactivate, E.deactivate], deactivating);
start([E.setAffinity], settingAffinity);
start([E.vectorFreeMoved], freeingMoved);
start([E.gaPrepare, E.prepare], preparing);

/** Remapping entries are prepared right after the set-ups of one allocation. */
const keepsUnprepared = irqEvents.map((kind) =>
  [setupReserved, setupManaged, setupLegacy, clearing, preparing].includes(
    starts[kind.id] as Start,
  ),
);

/** Kernel threads bound to the CPU in their name. */
const BOUND = /^(?:migration|cpuhp|ksoftirqd)\/(\d+)$/;
const SLASH = 47;
const GREATER = 62;
/** Contexts of finished tasks are dropped when there are more than this. */
const MOST_CONTEXTS = 4096;

/** Sites a probe may report; a kernel has one per entry probe and a few per return probe. */
type SiteFacts = { offset: number; size: number };

export class Follower {
  readonly world: World;
  readonly #file: string;
  readonly #contexts = new Map<string | number, Ctx>();
  readonly #sizes = new Map<string, number>();
  readonly #entries = new Map<EventKind, SiteFacts>();
  readonly #knownSites = new Set<unknown>();
  readonly #pids = new Map<string, number>();
  #time = -1;
  #isCounter: boolean | undefined;

  constructor(file: string, sidecar: Sidecar) {
    this.#file = file;
    this.world = new World(sidecar);
  }

  /** Takes the next event. Throws a `Refusal` where the model does not admit it. */
  event(event: TraceEvent): void {
    const { world } = this;
    if (event.kind.origin === "entry" || event.kind.origin === "return") {
      this.#site(event);
      world.sawProbe(event.kind);
    }
    if (event.cpu >= world.cpuCount) {
      const clause = ownClause(event.kind.name);
      world.judge.refuse(event, clause, `CPU ${event.cpu} of a machine of ${world.cpuCount}`);
    }
    const ctx = this.#context(event);
    const bound = this.#boundThread(event);
    if (event.kind === E.mark) {
      noteMark(world, ctx, event);
      return;
    }
    world.leaveRace(ctx);
    // Stopping a CPU runs in its migration thread, after the CPU was marked offline.
    if (bound === "migration" && event.context === "task") markDying(world, event);
    this.#give(ctx, event);
  }

  /**
   * How many counter values are missing before an event, beyond what the clock explains. Linux
   * reads the counter once an event, and again at a page's end or for an event interrupted there.
   */
  gapBefore(event: TraceEvent): number {
    if (!event.isCounter || this.#time < 0) return 0;
    const missing = event.time - this.#time - 1;
    return missing > 1 + 2 * this.world.cpuCount ? missing : 0;
  }

  /** The counter clock orders events over all CPUs: it only grows. */
  order(event: TraceEvent): void {
    if (this.#isCounter === undefined) this.#isCounter = event.isCounter;
    const where = { file: this.#file, line: event.line, field: "TIME" };
    if (event.isCounter !== this.#isCounter) {
      throw new InputError(where, "found another clock than in the lines before");
    }
    if (event.isCounter && event.time <= this.#time) {
      throw new InputError(
        where,
        `found ${event.time} after ${this.#time}, expected a growing counter: lines are missing, ` +
          "doubled or out of order",
      );
    }
    this.#time = event.time;
  }

  /** A probe sits at one place of one function, and a function has one size. */
  #site(event: TraceEvent): void {
    const { kind, site } = event;
    if (this.#knownSites.has(site)) return;
    const fail = (problem: string): never => {
      throw new InputError({ file: this.#file, line: event.line, field: "site" }, problem);
    };
    const probed = kind.origin === "entry" ? site.symbol : site.callee;
    // The compiler may have specialised a function: modify_irte.isra.0 is modify_irte.
    if (probed !== kind.probed && !probed.startsWith(`${kind.probed}.`)) {
      fail(`found a probe of ${probed}, expected ${kind.probed}`);
    }
    const size = this.#sizes.get(site.symbol);
    if (site.offset >= site.size || (size !== undefined && size !== site.size)) {
      fail(`found ${site.text}, expected an offset inside ${site.symbol} of one size`);
    }
    this.#sizes.set(site.symbol, site.size);
    if (kind.origin === "entry") {
      const entry = this.#entries.get(kind);
      if (entry !== undefined && entry.offset !== site.offset) {
        fail(`found ${site.text}, expected the offset of the lines before`);
      }
      this.#entries.set(kind, site);
    }
    this.#knownSites.add(site);
  }

  /** Which kind of bound thread the task is, if it is one; checks its CPU and pid. */
  #boundThread(event: TraceEvent): string {
    const { text } = event;
    const idle = text.charCodeAt(15) === GREATER && event.comm === "<idle>";
    if (idle !== (event.pid === 0)) this.#wrongPid(event);
    let at = 15;
    while (at > 0 && text.charCodeAt(at) !== SLASH) at--;
    if (at === 0) return "";
    const comm = event.comm;
    const m = BOUND.exec(comm);
    if (m === null) return "";
    const pid = this.#pids.get(comm);
    if (pid !== undefined && pid !== event.pid) this.#wrongPid(event);
    this.#pids.set(comm, event.pid);
    if (Number(m[1]) !== event.cpu) {
      const clause = ownClause(event.kind.name);
      this.world.judge.refuse(event, clause, `${comm} on CPU ${event.cpu}: it is bound to its own`);
    }
    return comm.slice(0, comm.indexOf("/"));
  }

  #wrongPid(event: TraceEvent): never {
    throw new InputError(
      { file: this.#file, line: event.line, field: "PID" },
      `found ${event.pid} for ${event.comm}: idle tasks have 0, a bound thread keeps its own`,
    );
  }

  #context(event: TraceEvent): Ctx {
    const task = event.context === "task";
    // Idle tasks share pid 0: one a CPU. Interrupt levels are one a CPU each.
    const key = task && event.pid !== 0 ? event.pid : `${event.context} ${event.cpu}`;
    let ctx = this.#contexts.get(key);
    if (ctx === undefined) {
      if (this.#contexts.size >= MOST_CONTEXTS) this.#prune();
      ctx = new Ctx(String(key));
      this.#contexts.set(key, ctx);
    }
    return ctx;
  }

  #prune(): void {
    for (const [key, ctx] of this.#contexts) {
      if (ctx.flow === undefined && ctx.unprepared.length === 0 && ctx.affinity === undefined) {
        this.#contexts.delete(key);
      }
    }
  }

  #give(ctx: Ctx, event: TraceEvent): void {
    const { world } = this;
    // With interrupts off from one event to the next a task cannot have changed its CPU.
    if (ctx.flow !== undefined && !ctx.mayEnd) this.#sameCpu(ctx, event);
    ctx.cpu = event.cpu;
    ctx.irqsOff = event.irqsOff;
    ctx.pid = event.pid;
    ctx.event = event;
    ctx.last = event;
    for (let fresh = false; ; ) {
      if (ctx.flow === undefined) {
        if (fresh) world.unexpected(event, undefined, ownClause(event.kind.name));
        const begin = this.#start(event);
        fresh = true;
        if (begin === undefined) {
          judgeLone(world, event);
          ctx.event = undefined;
          return;
        }
        ctx.wanted = undefined;
        if (!keepsUnprepared[event.kind.id]) ctx.unprepared.length = 0;
        ctx.flow = begin(world, ctx);
      }
      const result = ctx.flow.next();
      if (result.done !== true) return;
      ctx.flow = undefined;
      ctx.mayEnd = true;
      if (ctx.event === undefined) return;
    }
  }

  #start(event: TraceEvent): Start | undefined {
    if (event.kind !== E.msiWrite) return starts[event.kind.id];
    // A zero message starts a deactivation, any other must repeat the device's message.
    const zero = event.lo[1] === 0 && event.lo[2] === 0 && event.lo[3] === 0;
    const irq = this.world.irqs.get(event.lo[0] as number);
    return zero && irq?.activated === true ? deactivating : undefined;
  }

  #sameCpu(ctx: Ctx, event: TraceEvent): void {
    if (ctx.irqsOff && event.irqsOff && event.cpu !== ctx.cpu) {
      this.world.judge.refuse(
        event,
        ownClause(event.kind.name),
        `the operation runs on CPU ${ctx.cpu} with interrupts off, this event is of ${event.cpu}`,
      );
    }
    if (ctx.pid !== event.pid) {
      this.world.judge.refuse(
        event,
        ownClause(event.kind.name),
        `the operation interrupted task ${ctx.pid}, this event is of ${event.pid}`,
      );
    }
  }

  /** Contexts whose operation is not finished at the end of the record. */
  unfinished(): readonly { readonly context: string; readonly awaits: string }[] {
    const open: { context: string; awaits: string }[] = [];
    for (const ctx of this.#contexts.values()) {
      if (ctx.flow === undefined) continue;
      if (!ctx.mayEnd) open.push({ context: ctx.key, awaits: ctx.wanted?.name ?? "an event" });
    }
    return open;
  }
}
