/** Vectors, slots and entries: who owns them, when they change hands, that none is lost. */
import type { Clause } from "../../../core/clause.js";
import { linux, pcie, rule, vtd } from "../../../core/source.js";
import {
  canReach,
  did,
  type InterleavingTransition,
  interruptOf,
  owned,
  pairIn,
  quiescent,
  sameResponse,
  workOf,
} from "./judging.js";
import { NONE, type Pair, type View } from "./vocabulary.js";

type T = InterleavingTransition;

const task = "T1.4";
const contract = "contract" as const;
const step = "step" as const;
const vectorFile = "arch/x86/kernel/apic/vector.c";

/** The pair that this step gave up, and the interrupt it was given up for. */
const releasedPair = (t: T): Pair => {
  const released = did(t, "released");
  return released === undefined ? NONE : pairIn(t.config, released);
};

const freesPair = (t: T): boolean => releasedPair(t) !== NONE && workOf(t) === "free";

/** The old pair of a move, given up because the move is over. */
const dropsOld = (t: T): boolean => releasedPair(t) !== NONE && workOf(t) !== "free";

const freed = (t: T): boolean =>
  did(t, "finished") !== undefined &&
  workOf(t) === "free" &&
  t.before.irqs[interruptOf(t)]?.phase === "freed";

const slotted = (view: View): number =>
  view.slots.reduce((mask, irq, pair) => (irq === NONE ? mask : mask | (1 << pair)), 0);

export const ownerClauses: readonly Clause<T>[] = [
  {
    id: "IRQ-RACE-9",
    title:
      "one (CPU, vector) has one owner: a vector is taken only while it is free, and a slot filled " +
      "only while it is empty",
    level: contract,
    kind: step,
    source: [
      linux("kernel/irq/matrix.c:irq_matrix_alloc"),
      linux(`${vectorFile}:chip_data_update`),
      rule("VEC-MATRIX-1"),
    ],
    task,
    on: ["step"],
    requires: ["begin"],
    applies: (t) => did(t, "claimed") !== undefined || did(t, "slotSet") !== undefined,
    holds: (t) => {
      if (t.response.kind !== "claimed" && t.response.kind !== "slotSet") return false;
      const pair = pairIn(t.config, t.response);
      return t.response.kind === "claimed"
        ? (t.before.bits & (1 << pair)) === 0
        : t.before.slots[pair] === NONE;
    },
  },
  {
    id: "IRQ-RACE-10",
    title:
      "the old vector of a move is given back only after an event was taken on the new CPU; with " +
      "remapping, only once entry and cache name it no more",
    level: contract,
    kind: step,
    source: [
      linux(`${vectorFile}:irq_complete_move`),
      linux(`${vectorFile}:vector_schedule_cleanup`),
      vtd("Invalidation of the interrupt entry cache"),
      rule("VEC-MOVE-3"),
    ],
    task,
    on: ["step"],
    requires: ["cleanup"],
    applies: (t) => dropsOld(t),
    holds: (t) => {
      const i = interruptOf(t);
      const irq = t.before.irqs[i];
      const entry = t.before.entries[i];
      if (irq === undefined || entry === undefined) return false;
      return t.config.remapped ? !canReach(t.config, entry, releasedPair(t)) : irq.handled;
    },
  },
  {
    id: "IRQ-RACE-11",
    title: "the old vector of a move is not given back while it is pending at its CPU",
    level: contract,
    kind: step,
    source: [linux(`${vectorFile}:__vector_cleanup`), rule("VEC-MOVE-4")],
    task,
    on: ["step"],
    requires: ["cleanup"],
    applies: (t) => dropsOld(t),
    holds: (t) => (t.before.irr & (1 << releasedPair(t))) === 0,
  },
  {
    id: "IRQ-RACE-12",
    title: "address and datum of an entry change only while the entry is masked",
    level: contract,
    kind: step,
    source: [
      linux("drivers/pci/msi/msi.c:pci_write_msg_msix"),
      pcie("6.1.4 MSI-X operation"),
      rule("MSIX-PROG-4, VEC-MOVE-7"),
    ],
    task,
    on: ["step"],
    requires: ["begin"],
    applies: (t) => did(t, "wroteAddress") !== undefined || did(t, "wroteData") !== undefined,
    holds: (t) => t.before.entries[interruptOf(t)]?.masked === true,
  },
  {
    id: "IRQ-RACE-13",
    title: "a free gives back a vector only once the device cannot send it any more",
    level: contract,
    kind: step,
    source: [
      linux("kernel/irq/manage.c:__free_irq"),
      linux("kernel/irq/irqdomain.c:__irq_domain_deactivate_irq"),
      rule("DOM-5"),
    ],
    task,
    on: ["step"],
    requires: ["begin"],
    applies: (t) => freesPair(t),
    holds: (t) => {
      const entry = t.before.entries[interruptOf(t)];
      return entry !== undefined && (entry.masked || !canReach(t.config, entry, releasedPair(t)));
    },
  },
  {
    id: "IRQ-RACE-14",
    title: "after a free no slot, record or remapping entry names the interrupt",
    level: contract,
    kind: step,
    source: [linux(`${vectorFile}:clear_irq_vector`), rule("DOM-5, VEC-MOVE-6")],
    task,
    on: ["step"],
    requires: ["begin"],
    applies: (t) => freed(t),
    holds: (t) => {
      const i = interruptOf(t);
      const irq = t.after.irqs[i];
      if (irq === undefined || irq.at !== NONE || irq.old !== NONE) return false;
      return !t.after.slots.includes(i) && t.after.entries[i]?.memory === NONE;
    },
  },
  {
    id: "IRQ-RACE-15",
    title: "a free ends only when no CPU runs the handler any more",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/manage.c:__synchronize_irq"), rule("DOM-5")],
    task,
    on: ["step"],
    requires: ["begin"],
    applies: (t) => freed(t),
    holds: (t) => !t.after.actors.some((a) => a.running && a.interrupt === interruptOf(t)),
  },
  {
    id: "IRQ-RACE-16",
    title:
      "when all actors are done, exactly the vectors that interrupts own are taken, and exactly " +
      "those have slots: none leaked, none lost",
    level: contract,
    kind: "invariant",
    source: [linux(`${vectorFile}:free_moved_vector`), rule("VEC-MOVE-2, VEC-MOVE-5, VEC-MOVE-6")],
    task,
    applies: (t) => quiescent(t.after),
    holds: (t) => {
      const all = owned(t.after);
      return t.after.bits === all && slotted(t.after) === all;
    },
  },
  {
    id: "IRQ-RACE-17",
    title: "vectors and slots are what the reported steps make them",
    level: contract,
    kind: step,
    source: [rule("a step that is reported was done, and nothing else")],
    task,
    on: ["step"],
    needs: ["matrix"],
    applies: (t) => t.observed !== undefined && t.response.kind !== "blocked",
    holds: (t) => {
      if (t.observed === undefined || t.observed.bits !== t.after.bits) return false;
      return t.observed.slots.every((irq, pair) => irq === t.after.slots[pair]);
    },
  },
  {
    id: "IRQ-RACE-18",
    title: "each step is the one that Linux takes there, under the locks that Linux holds",
    level: "linux",
    kind: step,
    source: [
      linux("kernel/irq/chip.c:handle_edge_irq"),
      linux("kernel/irq/manage.c:irq_set_affinity_locked"),
      linux("arch/x86/kernel/apic/vector.c:assign_vector_locked"),
      linux("drivers/iommu/intel/irq_remapping.c:intel_ir_set_affinity"),
    ],
    task,
    on: ["step", "interrupt", "cleanup", "begin"],
    applies: (t) => t.expected !== undefined,
    holds: (t) => {
      const { expected, response } = t;
      return expected !== undefined && sameResponse(expected, response);
    },
  },
];
