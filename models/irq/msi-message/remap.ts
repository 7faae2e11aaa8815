/** Operations on remapping tables, one per step of an interrupt's life. */
import type { Outcome } from "../../../spec/core/model.js";
import { amdTableAddress, initialDte, tableKey } from "../../../spec/irq/msi-message/hardware.js";
import {
  type Action,
  type Block,
  type Command,
  type Config,
  type Entry,
  type Errno,
  FIRST_VALID_VECTOR,
  IOAPIC_INDICES,
  type Irq,
  type Message,
  type Response,
  SHUTDOWN_VECTOR,
  type Table,
} from "../../../spec/irq/msi-message/vocabulary.js";
import {
  allocatedMark,
  amdMessage,
  dteWord,
  encodeAmdIrte,
  findAmdIndex,
  guestEntry,
} from "./amd.js";
import {
  chooseSource,
  encodeIntelIrte,
  findIntelIndex,
  noSource,
  orderOf,
  postedEntry,
  remappableMessage,
  roundUp,
  type SourceCheck,
} from "./intel.js";
import {
  type Found,
  findIrq,
  quiet,
  type State,
  tableAt,
  withBlock,
  withEntries,
  withIrq,
  withoutBlock,
} from "./state.js";
import { commit, invalidation, modify, stores, wait, zeroEntry } from "./write.js";

export type MessageOutcome = Outcome<State, Response>;

export const answer = (state: State, response: Response): MessageOutcome => ({ state, response });
export const failed = (state: State, error: Errno): MessageOutcome =>
  answer(quiet(state), { kind: "failed", error });
export const refused = (state: State): MessageOutcome => answer(quiet(state), { kind: "refused" });
const done = (state: State): MessageOutcome => answer(state, { kind: "done" });

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Whether an entry of this configuration can hold the destination. */
export const fits = (config: Config, dest: number): boolean =>
  dest <= 0xff || (config.remapping === "intel" ? config.eim : config.ga);

/** The requester check of a device's entries. */
export const sourceFor = (config: Config, device: number): SourceCheck => {
  const d = config.devices[device];
  if (d === undefined || !config.sourceChecking) return noSource;
  return chooseSource(d.requester, d.aliases);
};

/** The entry that leads to a CPU and vector. */
export const entryFor = (config: Config, device: number, cpu: number, vector: number): Entry => {
  const dest = config.apicIds[cpu] ?? 0;
  const { logical } = config;
  if (config.remapping === "amd") return encodeAmdIrte({ vector, dest, logical }, config.ga);
  return encodeIntelIrte({ vector, dest, logical, ...sourceFor(config, device) }, config.eim);
};

/** The message a device writes; an affinity change never alters it. */
export const messageFor = (config: Config, block: Block, nth: number): Message =>
  config.remapping === "amd"
    ? amdMessage(block.base + nth, config.amd2k)
    : remappableMessage(block.base, nth);

/** Entries a request takes: Intel rounds up to a power of two. */
export const blockSize = (config: Config, count: number): number =>
  config.remapping === "intel" ? roundUp(count) : count;

/** An IO-APIC among the devices of the table keeps the first entries for its pins. */
export const minIndexTaken = (config: Config, key: number): boolean =>
  config.devices.some((d, i) => d.ioApic && tableKey(config, i) === key);

/** intel_setup alloc_irte() or AMD alloc_irq_index(): the index Linux takes, or its error. */
export const searchIndex = (
  config: Config,
  table: Table,
  c: Of<"allocateIrtes">,
): number | Errno => {
  if (c.count > 1 && c.source !== "msi") return "EINVAL";
  const { tableEntries } = config;
  if (config.remapping === "intel") {
    if (orderOf(c.count) > config.mhmv) return "ENOMEM";
    return findIntelIndex(table.blocks, tableEntries, c.count) ?? "ENOMEM";
  }
  if (config.devices[c.device]?.ioApic === true) {
    // The index of an IO-APIC interrupt is its pin.
    const end = Math.min(IOAPIC_INDICES, tableEntries);
    const taken = table.blocks.some((b) => c.irq >= b.base && c.irq < b.base + b.size);
    return c.count > 1 || c.irq >= end || taken ? "EINVAL" : c.irq;
  }
  const shared = minIndexTaken(config, table.key);
  return findAmdIndex(table.blocks, tableEntries, c.count, c.source === "msi", shared) ?? "ENOSPC";
};

/** set_dte_irq_entry() for the device and its aliases, once a table is made. */
const setDtes = (config: Config, state: State, device: number, log: Action[]): State => {
  const d = config.devices[device];
  if (d === undefined) return state;
  // All of them were written together.
  if (state.dtes.has(d.requester) && d.aliases.every((a) => state.dtes.has(a.alias))) return state;
  const key = tableKey(config, device);
  const dtes = new Map(state.dtes);
  for (const requester of new Set([d.requester, ...d.aliases.map((a) => a.alias)])) {
    if (dtes.has(requester)) continue;
    const before = initialDte(requester);
    const word = dteWord(
      (BigInt(before[5] as number) << 32n) | BigInt(before[4] as number),
      amdTableAddress(key),
      config.tableEntries,
    );
    const after = before.slice();
    after[4] = Number(word & 0xffffffffn);
    after[5] = Number(word >> 32n);
    dtes.set(requester, after);
    log.push({ kind: "dte", requester, before, after });
    log.push({ kind: "invalidateDte", requester }, wait);
  }
  return { ...state, dtes };
};

const idle: Irq = {
  active: false,
  posted: false,
  cpu: 0,
  vector: SHUTDOWN_VECTOR,
  message: undefined,
};

/** The state in which the block starts at this index; Linux's own choice or a system's. */
export const place = (
  config: Config,
  state: State,
  c: Of<"allocateIrtes">,
  base: number,
): MessageOutcome => {
  const key = tableKey(config, c.device);
  const log: Action[] = [];
  const amd = config.remapping === "amd";
  const next = amd ? setDtes(config, state, c.device, log) : state;
  const irqs = new Array<Irq>(c.count).fill(idle);
  const size = blockSize(config, c.count);
  let table = withBlock(tableAt(next, key), { base, size, device: c.device, irq: c.irq, irqs });
  if (amd) {
    const mark = allocatedMark(config.ga);
    for (let i = base; i < base + size; i++) {
      log.push({ kind: "store", table: key, index: i, offset: 0, words: mark });
    }
    table = withEntries(table, base, size, mark);
  }
  return answer(commit(next, table, log), { kind: "allocated", index: base });
};

export const allocateIrtes = (
  config: Config,
  state: State,
  c: Of<"allocateIrtes">,
): MessageOutcome => {
  const found = searchIndex(config, tableAt(state, tableKey(config, c.device)), c);
  return typeof found === "number" ? place(config, state, c, found) : failed(state, found);
};

const lookup = (config: Config, state: State, c: { device: number; irq: number }) =>
  findIrq(tableAt(state, tableKey(config, c.device)), c.device, c.irq);

/** Refused before anything is touched: a vector or destination no entry may hold. */
const acceptable = (config: Config, c: { cpu: number; vector: number }): boolean =>
  c.vector >= FIRST_VALID_VECTOR && fits(config, config.apicIds[c.cpu] ?? 0);

/** intel_irq_remapping_activate(), irq_remapping_activate(); then the device gets its message. */
export const activate = (config: Config, state: State, c: Of<"activate">): MessageOutcome => {
  const found = lookup(config, state, c);
  if (found === undefined || found.irq.posted) return failed(state, "EINVAL");
  if (!acceptable(config, c)) return refused(state);
  const log: Action[] = [];
  let { table } = found;
  if (config.remapping === "amd") {
    // AMD validates the entry with what it held, then writes the current pair.
    const held = entryFor(config, c.device, found.irq.cpu, found.irq.vector);
    table = modify(config, table, found.index, held, log);
  }
  const entry = entryFor(config, c.device, c.cpu, c.vector);
  table = modify(config, table, found.index, entry, log);
  log.push({ kind: "device", device: c.device, irq: c.irq });
  const message = messageFor(config, found.block, found.nth);
  table = withIrq(table, found, { active: true, cpu: c.cpu, vector: c.vector, message });
  return done(commit(state, table, log));
};

/** intel_ir_set_affinity(), amd_ir_set_affinity(): the entry alone changes. */
export const setAffinity = (config: Config, state: State, c: Of<"setAffinity">): MessageOutcome => {
  const found = lookup(config, state, c);
  if (found === undefined || !found.irq.active) return failed(state, "EINVAL");
  if (!acceptable(config, c)) return refused(state);
  const log: Action[] = [];
  let { table } = found;
  if (!found.irq.posted) {
    table = modify(config, table, found.index, entryFor(config, c.device, c.cpu, c.vector), log);
  }
  const { cpu, vector } = found.irq;
  if (cpu !== c.cpu || vector !== c.vector) log.push({ kind: "release", cpu, vector });
  table = withIrq(table, found, { cpu: c.cpu, vector: c.vector });
  return done(commit(state, table, log));
};

/** The device's message is cleared first, then the entry: zero on Intel, RemapEn 0 on AMD. */
export const deactivate = (config: Config, state: State, c: Of<"deactivate">): MessageOutcome => {
  const found = lookup(config, state, c);
  if (found === undefined || !found.irq.active || found.irq.posted) return failed(state, "EINVAL");
  const log: Action[] = [{ kind: "device", device: c.device, irq: c.irq }];
  let entry = zeroEntry(config);
  if (config.remapping === "amd") {
    const held = found.table.entries.get(found.index) ?? entry;
    entry = [((held[0] as number) & ~1) >>> 0, ...held.slice(1)];
  }
  const table = modify(config, found.table, found.index, entry, log);
  const quieted = withIrq(table, found, { active: false, message: undefined });
  return done(commit(state, quieted, log));
};

/** clear_entries() over the whole rounded block (Intel), free_irte() entry by entry (AMD). */
export const free = (config: Config, state: State, c: Of<"free">): MessageOutcome => {
  const found = lookup(config, state, c);
  if (found === undefined || found.nth !== 0) return failed(state, "EINVAL");
  if (found.block.irqs.some((irq) => irq.active)) return failed(state, "EINVAL");
  const { block } = found;
  const log: Action[] = [];
  const { table } = found;
  const zero = zeroEntry(config);
  for (let i = block.base; i < block.base + block.size; i++) {
    log.push(...stores(config, table.key, i, table.entries.get(i), zero));
    if (config.remapping === "amd") log.push(invalidation(config, table.key, i), wait);
  }
  if (config.remapping === "intel") {
    log.push(invalidation(config, table.key, block.base, block.size), wait);
  }
  const cleared = withEntries(table, block.base, block.size, zero);
  return done(commit(state, withoutBlock(cleared, block), log));
};

/** Descriptors are 64-byte aligned, vAPIC pages 4 KiB and below 2^52. */
const postable = (config: Config, descriptor: bigint): boolean =>
  config.remapping === "intel"
    ? (descriptor & 0x3fn) === 0n
    : config.ga && (descriptor & 0xfffn) === 0n && descriptor < 1n << 52n;

/** intel_ir_set_vcpu_affinity(), amd_ir_set_vcpu_affinity(): one 128-bit store. */
export const post = (config: Config, state: State, c: Of<"post">): MessageOutcome => {
  const found = lookup(config, state, c);
  const usable = found?.irq.active === true && !found.irq.posted && postable(config, c.descriptor);
  if (found === undefined || !usable) return failed(state, "EINVAL");
  const held = found.table.entries.get(found.index) ?? zeroEntry(config);
  const entry =
    config.remapping === "intel"
      ? postedEntry(held, c.descriptor, c.vector)
      : guestEntry(held, c.descriptor, c.vector);
  return rewrite(config, state, found, entry, true);
};

/** Back to the host: the entry of the CPU and vector asked for last. */
export const unpost = (config: Config, state: State, c: Of<"unpost">): MessageOutcome => {
  const found = lookup(config, state, c);
  if (found?.irq.posted !== true) return failed(state, "EINVAL");
  const entry = entryFor(config, c.device, found.irq.cpu, found.irq.vector);
  return rewrite(config, state, found, entry, false);
};

const rewrite = (
  config: Config,
  state: State,
  found: Found,
  entry: Entry,
  posted: boolean,
): MessageOutcome => {
  const log: Action[] = [];
  const table = modify(config, found.table, found.index, entry, log);
  return done(commit(state, withIrq(table, found, { posted }), log));
};
