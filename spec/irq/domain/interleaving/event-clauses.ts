/** Events and runs of handlers: none lost, none twice, none for the wrong owner. */
import type { Clause } from "../../../core/clause.js";
import { linux, pcie, plan, rule, sdm } from "../../../core/source.js";
import {
  actorOf,
  canRun,
  deadlocked,
  destination,
  did,
  type InterleavingTransition,
  interruptOf,
  quiescent,
} from "./judging.js";
import { NONE, type View } from "./vocabulary.js";

type T = InterleavingTransition;

const task = "T1.4";
const contract = "contract" as const;
const step = "step" as const;
const invariant = "invariant" as const;

const awake = (view: View): boolean => view.irqs.some((q, i) => canRun(view, i) && q.raises > 0);

/** Interrupts that sent a message by this command, for an event or by being unmasked. */
const sender = (t: T): number => {
  if (t.command.kind === "raise") return t.command.interrupt;
  return t.response.kind === "unmasked" ? interruptOf(t) : NONE;
};

const sends = (t: T): boolean => {
  const i = sender(t);
  const entry = t.before.entries[i];
  if (entry === undefined || destination(t.config, entry) === NONE) return false;
  return t.command.kind === "raise" ? !entry.masked : entry.pending;
};

export const eventClauses: readonly Clause<T>[] = [
  {
    id: "IRQ-RACE-1",
    title:
      "when all actors are done and nothing is pending at a CPU, every event of an interrupt that " +
      "is handled and not disabled was followed by a run that began after it",
    level: contract,
    kind: invariant,
    source: [
      linux("kernel/irq/chip.c:handle_edge_irq"),
      linux("arch/x86/kernel/apic/vector.c:__vector_cleanup"),
      rule("DISP-4, DISP-6, VEC-MOVE-1"),
    ],
    task,
    requires: ["raise"],
    applies: (t) => quiescent(t.after) && awake(t.after),
    holds: (t) => !t.after.irqs.some((q, i) => q.owed && canRun(t.after, i)),
  },
  {
    id: "IRQ-RACE-2",
    title: "a handler runs at most as often as its own device had events",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/resend.c:check_irq_resend"), rule("DISP-6, DOM-5")],
    task,
    on: ["step"],
    applies: (t) => did(t, "started") !== undefined,
    holds: (t) => {
      const irq = t.after.irqs[interruptOf(t)];
      return irq !== undefined && irq.runs <= irq.raises;
    },
  },
  {
    id: "IRQ-RACE-3",
    title: "no run of a handler begins before it is installed or once it is removed",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/chip.c:irq_can_handle_actions"), rule("DOM-5")],
    task,
    on: ["step"],
    applies: (t) => did(t, "started") !== undefined,
    holds: (t) => t.before.irqs[interruptOf(t)]?.phase === "live",
  },
  {
    id: "IRQ-RACE-4",
    title:
      "a message lands on a CPU and vector that its interrupt owns and whose slot names it: none " +
      "on another's, as a half-written address and datum would send it",
    level: contract,
    kind: step,
    source: [
      linux("arch/x86/kernel/apic/msi.c:msi_set_affinity"),
      pcie("6.1.4 MSI-X operation"),
      rule("VEC-MOVE-1, VEC-MOVE-7, DISP-1"),
    ],
    task,
    on: ["raise", "step"],
    requires: ["raise"],
    applies: (t) => sends(t),
    holds: (t) => {
      const i = sender(t);
      const entry = t.before.entries[i];
      if (entry === undefined) return false;
      const pair = destination(t.config, entry);
      return (t.before.bits & (1 << pair)) !== 0 && t.before.slots[pair] === i;
    },
  },
  {
    id: "IRQ-RACE-5",
    title: "the handler of an interrupt never runs on two CPUs at once",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/handle.c:handle_irq_event"), rule("DISP-5")],
    task,
    on: ["step"],
    applies: (t) => did(t, "started") !== undefined,
    holds: (t) => {
      const i = interruptOf(t);
      return t.after.actors.filter((a) => a.running && a.interrupt === i).length === 1;
    },
  },
  {
    id: "IRQ-RACE-6",
    title: "no run of a handler begins while the interrupt is disabled",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/chip.c:irq_can_handle_actions"), rule("DISP-6")],
    task,
    on: ["step"],
    applies: (t) => did(t, "started") !== undefined,
    holds: (t) => t.before.irqs[interruptOf(t)]?.disabled !== true,
  },
  {
    id: "IRQ-RACE-7",
    title: "no actor waits for itself over others that wait: some actor can always go on",
    level: contract,
    kind: invariant,
    source: [linux("kernel/irq/manage.c:__free_irq"), plan("T1.4 dispatch")],
    task,
    requires: ["step", "begin"],
    applies: (t) => t.after.actors.some((a) => a.waits !== undefined),
    holds: (t) => !deadlocked(t.config, t.after),
  },
  {
    id: "IRQ-RACE-8",
    title:
      "each interrupt taken, spurious ones too, is acknowledged exactly once before its CPU returns",
    level: contract,
    kind: step,
    source: [
      linux("arch/x86/kernel/irq.c:common_interrupt"),
      sdm("Interrupt acceptance: EOI"),
      rule("DISP-1, DISP-2"),
    ],
    task,
    on: ["step"],
    applies: (t) =>
      did(t, "acknowledged") !== undefined ||
      (did(t, "finished") !== undefined && inHand(t) !== NONE),
    holds: (t) => {
      const inService = (t.before.isr & (1 << inHand(t))) !== 0;
      return t.response.kind === "acknowledged" ? inService : !inService;
    },
  },
];

const inHand = (t: T): number => t.before.actors[actorOf(t.config, t.command)]?.pair ?? NONE;
