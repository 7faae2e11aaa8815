/** Seeded faults: for every judged clause a changed model that breaks it. */
import { encodeAmdIrte } from "../../../models/irq/msi-message/amd.js";
import { firstGap, roundUp } from "../../../models/irq/msi-message/intel.js";
import { place } from "../../../models/irq/msi-message/remap.js";
import { tableAt, withBlock, withTable } from "../../../models/irq/msi-message/state.js";
import { fromWords } from "../../../spec/core/bits.js";
import { tableKey } from "../../../spec/irq/msi-message/hardware.js";
import { placeOf } from "../../../spec/irq/msi-message/judging.js";
import type { Action, Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { composeFaults } from "./compose-faults.js";
import { amdGa, amdLegacy, intel, ioApic } from "./configs.js";
import { done, fault, type MessageFault, on, patchEntry, remake, without } from "./fault-kit.js";

/** Small enough that every fault shows within a few commands. */
export const faultConfig: Config = { ...intel, tableEntries: 64 };

const amdSmall: Config = { ...amdGa, tableEntries: 64 };

/** The low word of an Intel entry stored as destination, then vector. */
const torn = (log: readonly Action[]): readonly Action[] =>
  log.flatMap((a) =>
    a.kind === "store" && a.offset === 0 && a.words.length === 2
      ? [
          { ...a, offset: 4, words: a.words.slice(1) },
          { ...a, words: a.words.slice(0, 1) },
        ]
      : [a],
  );

const tableFaults: readonly MessageFault[] = [
  fault(
    "contract",
    "MSI-IR-2",
    "qualifier-in-the-wrong-bits",
    "the source-id qualifier is put where the validation type belongs, and the other way round",
    faultConfig,
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "encodeIrte" && command.sq < 3
          ? model.step(config, state, { ...command, sq: command.svt, svt: command.sq })
          : model.step(config, state, command),
    }),
  ),
  fault(
    "contract",
    "MSI-IR-1",
    "handle-bit-15-lost",
    "handle bit 15 is not put into address bit 2",
    intel,
    remake(["remappable"], (_config, _command, m) => ({ addressLo: (m.addressLo & ~4) >>> 0 })),
  ),
  fault(
    "contract",
    "MSI-IR-2",
    "xapic-destination-unshifted",
    "in xAPIC mode the destination is written as if it were a 32-bit id",
    faultConfig,
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "encodeIrte"
          ? model.step({ ...config, eim: true }, state, command)
          : model.step(config, state, command),
    }),
  ),
  fault(
    "linux",
    "MSI-IR-3",
    "no-redirection-hint",
    "entries are written without the redirection hint",
    faultConfig,
    on("encodeIrte", (_config, _before, _c, right) =>
      right.response.kind === "irte"
        ? { ...right, response: { ...right.response, lo: right.response.lo & ~8n } }
        : right,
    ),
  ),
  fault(
    "contract",
    "MSI-IR-4",
    "no-source-check",
    "entries accept every requester although checking is on",
    faultConfig,
    on("activate", (config, _before, c, right) =>
      patchEntry(config, right, c, (e) => [e[0] ?? 0, e[1] ?? 0, (e[2] ?? 0) & ~0xc0000, 0]),
    ),
  ),
  fault(
    "linux",
    "MSI-IR-5",
    "own-id-behind-bridges",
    "the requester check uses the device's own id whatever bridge stands above it",
    faultConfig,
    on("sourceId", (_config, _before, c, right) => ({
      ...right,
      response: { kind: "source", svt: 1, sq: 0, sid: c.requester },
    })),
  ),
  fault(
    "contract",
    "MSI-IR-6",
    "block-first-fit",
    "a block takes the first run that is long enough, aligned or not",
    faultConfig,
    on("allocateIrtes", (config, before, c, right) => {
      if (right.response.kind !== "allocated") return right;
      const { blocks } = tableAt(before, tableKey(config, c.device));
      const at = firstGap(blocks, config.tableEntries, 0, roundUp(c.count), 1);
      return at === undefined ? right : place(config, before, c, at);
    }),
  ),
  fault(
    "contract",
    "MSI-IR-6-F",
    "rounding-tail-leaked",
    "free returns the entries asked for, not those the rounding added",
    faultConfig,
    on("free", (config, before, c, right) => {
      const at = placeOf(config, before, c.device, c.irq);
      if (at === undefined || !done(right)) return right;
      const used = at.block.irqs.length;
      if (used === at.block.size) return right;
      const tail = { ...at.block, base: at.index + used, size: at.block.size - used, irqs: [] };
      const table = withBlock(tableAt(right.state, at.key), tail);
      return { ...right, state: withTable(right.state, table) };
    }),
  ),
  fault(
    "contract",
    "MSI-IR-7",
    "invalidation-not-awaited",
    "an affinity change issues the invalidation but does not wait for it",
    faultConfig,
    on("setAffinity", (_config, _before, _c, right) => without(right, ["wait"])),
  ),
  fault(
    "contract",
    "MSI-IR-8",
    "entry-written-in-halves",
    "destination and vector of a live entry are written in two stores",
    faultConfig,
    on("setAffinity", (_config, _before, _c, right) => ({
      ...right,
      state: { ...right.state, log: torn(right.state.log) },
    })),
  ),
  fault(
    "contract",
    "MSI-IR-9",
    "deactivated-stays-present",
    "deactivation masks the device but leaves the entry present",
    faultConfig,
    on("deactivate", (config, before, c, right) => {
      const at = placeOf(config, before, c.device, c.irq);
      if (at === undefined || !done(right)) return right;
      const { entries } = tableAt(before, at.key);
      const table = { ...tableAt(right.state, at.key), entries };
      return { ...right, state: withTable(right.state, table) };
    }),
  ),
  fault(
    "linux",
    "MSI-IR-10",
    "device-rewritten-on-move",
    "an affinity change writes the device's message again",
    faultConfig,
    on("setAffinity", (_config, _before, c, right) =>
      done(right)
        ? {
            ...right,
            state: {
              ...right.state,
              log: [...right.state.log, { kind: "device", device: c.device, irq: c.irq }],
            },
          }
        : right,
    ),
  ),
  fault(
    "contract",
    "MSI-IR-11",
    "ga-destination-24-bits",
    "the high eight destination bits of a long entry are not written",
    amdSmall,
    on("encodeIrte", (config, _before, c, right) => {
      if (right.response.kind !== "irte") return right;
      const word = fromWords(encodeAmdIrte({ ...c, dest: c.dest & 0xffffff }, config.ga));
      return {
        ...right,
        response: { kind: "irte", lo: word & 0xffffffffffffffffn, hi: word >> 64n },
      };
    }),
  ),
  fault(
    "contract",
    "MSI-IR-12",
    "dte-word-overwritten",
    "the interrupt word of a device table entry is written whole, so pass-through bits are lost",
    amdSmall,
    on("encodeDte", (_config, _before, _c, right) =>
      right.response.kind === "word"
        ? { ...right, response: { kind: "word", word: right.response.word & ~(0xfn << 56n) } }
        : right,
    ),
  ),
  fault(
    "contract",
    "MSI-IR-12-F",
    "dte-not-flushed",
    "a device table entry is changed without an invalidation",
    amdSmall,
    on("allocateIrtes", (_config, _before, _c, right) => without(right, ["invalidateDte"])),
  ),
  fault(
    "linux",
    "MSI-IR-13",
    "ioapic-range-stolen",
    "the index search starts at zero although an IO-APIC uses the table",
    {
      ...amdSmall,
      devices: [
        { requester: 0x0108, aliases: [{ alias: 0x00a0, reporter: 0x00a0 }], ioApic: false },
        ioApic,
      ],
    },
    on("allocateIrtes", (config, before, c, right) => {
      if (right.response.kind !== "allocated" || config.devices[c.device]?.ioApic) return right;
      const { blocks } = tableAt(before, tableKey(config, c.device));
      const align = c.source === "msi" ? roundUp(c.count) : 1;
      const at = firstGap(blocks, config.tableEntries, 0, c.count, align);
      return at === undefined ? right : place(config, before, c, at);
    }),
  ),
];

const hardwareFaults: readonly MessageFault[] = [
  fault(
    "contract",
    "MSI-IR-14",
    "compatibility-left-open",
    "remapping is switched on but compatibility-format requests still pass",
    faultConfig,
    (model) => ({
      ...model,
      init: (config) => ({ ...model.init(config), blocked: false }),
    }),
  ),
  fault(
    "contract",
    "MSI-IR-15",
    "descriptor-high-half-lost",
    "a posted entry holds only the low 32 bits of the descriptor's address",
    faultConfig,
    on("post", (config, _before, c, right) =>
      patchEntry(config, right, c, (e) => [...e.slice(0, 3), 0]),
    ),
  ),
  fault(
    "contract",
    "MSI-IR-16",
    "no-global-invalidation",
    "a new table is latched and used without invalidating what was cached of the old one",
    faultConfig,
    on("enableRemapping", (_config, _before, _c, right) => without(right, ["invalidateAll"])),
  ),
  fault(
    "contract",
    "MSI-RESOLVE-1",
    "cpu-number-in-entry",
    "activation writes the CPU number into the entry instead of its APIC id",
    amdLegacy,
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "activate"
          ? model.step({ ...config, apicIds: config.apicIds.map((_id, i) => i) }, state, command)
          : model.step(config, state, command),
    }),
  ),
  fault(
    "contract",
    "MSI-RESOLVE-2",
    "stale-entry-used",
    "an affinity change leaves the old entry in the interrupt entry cache",
    faultConfig,
    on("setAffinity", (_config, before, _c, right) => ({
      ...right,
      state: { ...right.state, cache: before.cache },
    })),
  ),
  fault(
    "contract",
    "MSI-CODEC-1",
    "decoder-forgets-xapic-shift",
    "the decoder reads an xAPIC destination as if it were a 32-bit id",
    faultConfig,
    on("decodeIrte", (_config, _before, c, right) =>
      right.response.kind === "entry"
        ? { ...right, response: { ...right.response, dest: Number((c.lo >> 32n) & 0xffffffffn) } }
        : right,
    ),
  ),
];

export const faults: readonly MessageFault[] = [
  ...composeFaults,
  ...tableFaults,
  ...hardwareFaults,
];
