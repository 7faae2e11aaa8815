/** Seeded faults: kernels with one step out of place, left out, or one question not asked. */

import {
  linuxKernel,
  type Rules,
  right,
} from "../../../../models/irq/domain/interleaving/kernel.js";
import {
  type Edit,
  type Line,
  type Lines,
  programs,
} from "../../../../models/irq/domain/interleaving/programs.js";
import type { State } from "../../../../models/irq/domain/interleaving/state.js";
import type { Level } from "../../../../spec/core/clause.js";
import type {
  Command,
  Config,
  Response,
  View,
  Work,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Fault } from "../../../subsystem.js";
import { base, remapped } from "./configs.js";
import { modelOf } from "./model.js";

type InterleavingFault = Fault<Config, State, Command, Response, View>;

/** Changes one program. */
const edit =
  (work: Work, change: (lines: readonly Line[]) => readonly Line[]): Edit =>
  (lines: Lines): Lines => ({ ...lines, [work]: change(lines[work]) });

const without =
  (...names: readonly string[]) =>
  (lines: readonly Line[]): readonly Line[] =>
    lines.filter((l) => !names.includes(l.name));

/** The steps `names` in that order where `before` stands, and nowhere else. */
const moveBefore =
  (before: string, ...names: readonly string[]) =>
  (lines: readonly Line[]): readonly Line[] => {
    const moved = names.flatMap((name) => lines.filter((l) => l.name === name));
    return without(...names)(lines).flatMap((l) => (l.name === before ? [...moved, l] : [l]));
  };

const insertBefore =
  (before: string, ...names: readonly string[]) =>
  (lines: readonly Line[]): readonly Line[] =>
    lines.flatMap((l) =>
      l.name === before ? [...names.map((name) => ({ name, after: [] })), l] : [l],
    );

const fault = (
  clause: string,
  name: string,
  title: string,
  change: { readonly edit?: Edit; readonly rules?: Partial<Rules>; readonly config?: Config },
  level: Level = "contract",
): InterleavingFault => ({
  name,
  title,
  clause,
  level,
  config: change.config ?? base,
  wrap: () =>
    modelOf({
      programs: change.edit === undefined ? linuxKernel.programs : programs(change.edit),
      rules: { ...right, ...change.rules },
    }),
});

/** A thread moves the interrupt itself. */
const moving: Config = { ...base, deferred: false };
/** One CPU: nothing but disabling and enabling is left. */
const quiet: Config = { ...base, cpus: 1, vectors: 1, events: 1 };
const alone: Config = { ...moving, threads: 1, vectors: 1 };
/** A second interrupt that takes what the first leaves, or wants what the first wants. */
const owners: Config = { ...moving, interrupts: 2, vectors: 1, events: 1 };

export const faults: readonly InterleavingFault[] = [
  fault(
    "IRQ-RACE-1",
    "ack-after-handler",
    "marks are wiped after the handler ran instead of before: an event marked in between is lost",
    { rules: { keepsMarks: false }, config: alone },
  ),
  fault(
    "IRQ-RACE-1",
    "pending-lost-at-unmask",
    "enabling does not send again what came while the interrupt was disabled",
    { edit: edit("enable", without("resend")), config: quiet },
  ),
  fault("IRQ-RACE-2", "resend-without-event", "enabling always sends the vector, event or not", {
    rules: { resendsMarkedOnly: false },
    config: quiet,
  }),
  fault(
    "IRQ-RACE-3",
    "handler-not-looked-up-again",
    "whether to run is decided when the slot is read, not under the interrupt's lock",
    { rules: { decidesUnderLock: false } },
  ),
  fault(
    "IRQ-RACE-4",
    "slot-cleared-before-mask",
    "a free clears the slot before the entry is masked",
    { edit: edit("free", moveBefore("lockIrq", "lockMatrix", "clearSlot", "unlockMatrix")) },
  ),
  fault(
    "IRQ-RACE-4",
    "slot-set-after-unmask",
    "the slot on the new CPU is set after the entry points there and is unmasked",
    { edit: edit("move", moveBefore("unlockIrq", "setSlot")), config: alone },
  ),
  fault(
    "IRQ-RACE-5",
    "in-progress-not-checked",
    "an interrupt that runs on another CPU is run here too",
    { rules: { checksRunner: false }, config: alone },
  ),
  fault(
    "IRQ-RACE-6",
    "disabled-not-checked",
    "an event that was on its way when the interrupt was disabled runs the handler",
    { rules: { checksDisabled: false } },
  ),
  fault(
    "IRQ-RACE-7",
    "lock-order-deadlock",
    "a free takes the matrix lock first and the interrupt's lock inside",
    { edit: edit("free", moveBefore("lockIrq2", "lockMatrix")), config: moving },
  ),
  fault(
    "IRQ-RACE-7",
    "waits-for-handler-under-lock",
    "a free waits for the handler while it holds the lock that the handler's end needs",
    { edit: edit("free", moveBefore("unlockIrq", "waitHandler")) },
  ),
  fault("IRQ-RACE-8", "no-eoi-for-empty-slot", "a vector whose slot is empty is not acknowledged", {
    rules: { acknowledgesEmpty: false },
  }),
  fault(
    "IRQ-RACE-8",
    "second-eoi-after-handler",
    "the interrupt is acknowledged before its handler and once more after it",
    { edit: edit("interrupt", insertBefore("lockIrq2", "acknowledge2")) },
  ),
  fault(
    "IRQ-RACE-9",
    "check-then-set",
    "a vector is looked for before the lock is taken and claimed under it",
    {
      edit: (lines) => ({
        ...lines,
        move: moveBefore("lockMatrix", "find")(lines.move),
        allocate: moveBefore("lockMatrix", "find")(lines.allocate),
      }),
      config: owners,
    },
  ),
  fault(
    "IRQ-RACE-10",
    "old-vector-released-at-once",
    "the old vector is queued for cleanup by the move itself, before an event came on the new CPU",
    {
      edit: edit("move", insertBefore("unlockIrq", "lockMatrix3", "queue3", "unlockMatrix3")),
      config: alone,
    },
  ),
  fault(
    "IRQ-RACE-10",
    "invalidation-forgotten",
    "the remapping entry is rewritten and the unit's cache left as it was",
    { edit: edit("move", without("invalidate")), config: { ...remapped, threads: 1 } },
  ),
  fault(
    "IRQ-RACE-11",
    "irr-not-checked-at-cleanup",
    "the cleanup gives the old vector back without looking whether it is pending",
    { rules: { checksIrr: false }, config: { ...remapped, threads: 1 } },
  ),
  fault(
    "IRQ-RACE-12",
    "entry-rewritten-while-unmasked",
    "a move writes address and datum without masking the entry",
    { edit: edit("move", without("mask", "unmask")), config: alone },
  ),
  fault(
    "IRQ-RACE-12",
    "unmask-before-write-finished",
    "a move unmasks the entry between datum and address",
    { edit: edit("move", moveBefore("writeAddress", "unmask")), config: alone },
  ),
  fault(
    "IRQ-RACE-13",
    "release-before-device-disabled",
    "a free masks the entry after it gave the vector back",
    { edit: edit("free", moveBefore("unlockIrq2", "mask")) },
  ),
  fault(
    "IRQ-RACE-14",
    "free-forgets-old-vector",
    "a free during a move leaves the old slot behind",
    { edit: edit("free", without("clearOldSlot", "releaseOld")), config: { ...moving, events: 1 } },
  ),
  fault("IRQ-RACE-14", "entry-left-after-free", "a free leaves the remapping entry present", {
    edit: edit("free", without("clearEntry")),
    config: remapped,
  }),
  fault("IRQ-RACE-15", "free-does-not-wait-for-handler", "a free goes on while the handler runs", {
    edit: edit("free", without("waitHandler")),
  }),
  fault(
    "IRQ-RACE-16",
    "cleanup-leaves-bit",
    "the cleanup clears slot and record and leaves the vector taken",
    { edit: edit("cleanup", without("releaseOld")), config: { ...remapped, threads: 1 } },
  ),
  fault(
    "IRQ-RACE-16",
    "second-move-during-move",
    "a second move before the cleanup of the first forgets the first old vector",
    { rules: { oneMoveAtATime: false }, config: { ...remapped, cpus: 3, events: 1 } },
  ),
  {
    name: "cleanup-reported-only",
    title: "the cleanup says that it cleared the old slot and leaves it filled",
    clause: "IRQ-RACE-17",
    level: "contract",
    config: { ...remapped, threads: 1 },
    wrap: (model) => ({
      ...model,
      step: (config, state, command) => {
        const outcome = model.step(config, state, command);
        if (outcome.response.kind !== "slotCleared") return outcome;
        return { ...outcome, state: { ...outcome.state, slots: state.slots } };
      },
    }),
  },
  fault(
    "IRQ-RACE-18",
    "bit-set-after-slot",
    "the slot is filled before the vector is claimed",
    { edit: edit("move", moveBefore("claim", "setSlot")), config: remapped },
    "linux",
  ),
];

/** Orders so particular that a search finds them and a random walk hardly ever does. */
export const searchedFaults: readonly InterleavingFault[] = [
  fault(
    "IRQ-RACE-1",
    "loop-leaves-entry-masked",
    "the run that follows a mark leaves the entry masked",
    { edit: edit("interrupt", without("unmask3")), config: { ...alone, events: 3 } },
  ),
  fault(
    "IRQ-RACE-2",
    "pending-vector-given-away",
    "a free gives its vector away while it is pending at the CPU, as Linux does",
    {
      edit: edit("free", without("waitInFlight")),
      config: { ...owners, cpus: 1, prompt: false },
    },
  ),
];
