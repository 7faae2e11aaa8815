/** DOM-1 to DOM-5: allocation, activation and release through the levels of the domain. */
import type { Clause } from "../../core/clause.js";
import { linux, rule } from "../../core/source.js";
import { sameCounters } from "../vector-matrix/assignment/judging.js";
import { released } from "../vector-matrix/assignment/move-clauses.js";
import type { Config as VectorConfig } from "../vector-matrix/assignment/vocabulary.js";
import {
  type DomainTransition,
  entryOf,
  everyIrq,
  interruptsOf,
  irqOf,
  isSilent,
  isZero,
  meanings,
  pairsOf,
  runStart,
  sameMessage,
  seen,
  sharesMessage,
  wrongRequest,
} from "./judging.js";
import { placeOf, planOf, tableKeyOf } from "./platform.js";
import type { Pair } from "./vocabulary.js";

type T = DomainTransition;

const task = "T1.4";
const level = "contract" as const;
const msi = "kernel/irq/msi.c";

/** Counters of the vectors are as they were; `cpus` is all that the question needs. */
const sameVectors = (t: T): boolean =>
  sameCounters(
    { cpus: t.config.apicIds.length } as VectorConfig,
    t.before.vectors.matrix,
    seen(t).vectors.matrix,
  );

/** Nobody's interrupt has come, gone or changed on the device. */
const sameInterrupts = (t: T): boolean =>
  everyIrq(t.config, (irq) => {
    const was = t.before.desc(irq);
    const is = seen(t).desc(irq);
    return was?.number === is?.number;
  });

const sameDevice = (t: T, device: number): boolean =>
  interruptsOf(t.config, device).every(
    (irq) =>
      t.before.hardware.enabled(irq) === t.after.hardware.enabled(irq) &&
      (t.before.desc(irq) === undefined ||
        sameMessage(t.before.hardware.message(irq), t.after.hardware.message(irq))),
  );

const failed = (t: T): boolean => t.response.kind === "failed";

/** Interrupts whose message the command wrote, with where in the writes that ended. */
const written = (t: T): readonly { irq: number; at: number }[] => {
  const found: { irq: number; at: number }[] = [];
  const base = planOf(t.config).first;
  meanings(t).forEach((m, at) => {
    if (m.kind !== "message" || !m.last) return;
    const irq = (base[m.device] ?? 0) + m.index;
    if (!found.some((f) => f.irq === irq)) found.push({ irq, at });
  });
  return found;
};

/** Messages that became live in this command, with remapping entries below them. */
const activated = (t: T): readonly { irq: number; at: number }[] => {
  if (t.config.remapping === "none") return [];
  if (t.command.kind !== "alloc" && t.command.kind !== "startup") return [];
  return written(t).filter(({ irq }) => !isZero(t.after.hardware.message(irq)));
};

const entryWrittenBefore = (t: T, irq: number, at: number): boolean => {
  const index = entryOf(t.config, t.after.hardware.message(irq));
  const table = tableKeyOf(t.config, irq);
  const list = meanings(t);
  const store = list.findIndex((m) => m.kind === "irte" && m.table === table && m.index === index);
  return store >= 0 && store < at;
};

/** First write to a remapping entry in a command that ends an interrupt, -1 none. */
const firstEntryWrite = (t: T): number => meanings(t).findIndex((m) => m.kind === "irte");

const silencedBefore = (t: T, at: number): boolean => {
  const irq = irqOf(t);
  if (isSilent(t.before, irq)) return true;
  const { device } = placeOf(t.config, irq);
  return meanings(t)
    .slice(0, at)
    .some(
      (m) =>
        (m.kind === "message" && m.device === device) ||
        (m.kind === "mask" && m.device === device && m.on) ||
        (m.kind === "control" && m.device === device && (!m.on || m.masked)),
    );
};

/** Interrupts that the command may have changed: the others were judged before. */
const changed = (t: T): readonly number[] => {
  const list: number[] = [];
  const all = meanings(t).some((m) => m.kind === "irte" || m.kind === "doorbell");
  everyIrq(t.config, (irq) => {
    const named =
      all || t.before.irq(irq) !== seen(t).irq(irq) || t.before.desc(irq) !== seen(t).desc(irq);
    const entry = named ? seen(t).irq(irq) : undefined;
    // A10: its CPU forgot it while it was not started; what it shows proves nothing.
    if (entry?.activated === true && entry.vector !== 0 && !entry.stranded) list.push(irq);
    return true;
  });
  return list;
};

/** Message and entry lead to the pair that the vector layer names. */
const leadsHome = (t: T, irq: number): boolean => {
  const view = seen(t);
  const entry = view.irq(irq);
  const target = t.after.hardware.target(irq);
  if (entry === undefined || target === undefined) return false;
  const cached = view.desc(irq)?.message;
  if (cached === undefined || !sameMessage(cached, t.after.hardware.message(irq))) return false;
  return target.cpu === entry.cpu && target.vector === entry.vector;
};

/** Activated before, and not any more. */
const deactivated = (t: T): boolean => {
  const irq = irqOf(t);
  return t.before.irq(irq)?.activated === true && t.after.irq(irq)?.activated !== true;
};

/** Pairs that the command takes away from its interrupt. */
const givenBack = (t: T): readonly Pair[] => {
  const irq = irqOf(t);
  const was = t.before.irq(irq);
  if (was === undefined || was.stranded || failed(t)) return [];
  const now = t.after.irq(irq);
  const kept = now === undefined ? [] : pairsOf(now);
  return pairsOf(was).filter((p) => !kept.some((k) => k.cpu === p.cpu && k.vector === p.vector));
};

const freed = (t: T): boolean => t.command.kind === "free" && t.response.kind === "freed";

export const domainClauses: readonly Clause<T>[] = [
  {
    id: "DOM-1",
    title: "an interrupt that exists, or that the device does not have, is refused",
    level,
    kind: "step",
    source: [linux(`${msi}:msi_insert_desc`), linux(`${msi}:msi_domain_alloc`)],
    task,
    on: ["alloc"],
    applies: (t) => wrongRequest(t) !== undefined,
    holds: (t) => failed(t) && sameInterrupts(t) && sameVectors(t),
  },
  {
    id: "DOM-1-N",
    title: "interrupts that exist have different numbers",
    level,
    kind: "step",
    source: [linux("kernel/irq/irqdesc.c:__irq_alloc_descs")],
    task,
    on: ["alloc"],
    applies: (t) => t.response.kind === "allocated" && t.response.numbers.length > 0,
    holds: (t) => {
      const numbers = new Set<number>();
      return everyIrq(t.config, (irq) => {
        const number = t.after.desc(irq)?.number;
        if (number === undefined) return true;
        if (numbers.has(number)) return false;
        numbers.add(number);
        return true;
      });
    },
  },
  {
    id: "DOM-1-L",
    title: "the error is EBUSY for one that exists and ERANGE beyond the device",
    level: "linux",
    kind: "step",
    source: [linux(`${msi}:msi_insert_desc`)],
    task,
    on: ["alloc"],
    applies: (t) => wrongRequest(t) !== undefined && failed(t),
    holds: (t) =>
      t.response.kind === "failed" &&
      t.response.error === (wrongRequest(t) === "beyond" ? "ERANGE" : "EBUSY"),
  },
  {
    id: "DOM-2",
    title: "the remapping entry leads to the vector before the device gets its message",
    level,
    kind: "step",
    source: [linux("kernel/irq/irqdomain.c:__irq_domain_activate_irq")],
    task,
    on: ["alloc", "startup"],
    applies: (t) => activated(t).length > 0,
    holds: (t) => activated(t).every(({ irq, at }) => entryWrittenBefore(t, irq, at)),
  },
  {
    id: "DOM-2-R",
    title: "an allocation that fails at some level leaves nothing behind at any level",
    level,
    kind: "step",
    source: [linux("kernel/irq/irqdomain.c:irq_domain_alloc_irqs_hierarchy")],
    task,
    on: ["alloc"],
    needs: ["irqs", "maps"],
    applies: (t) => t.command.kind === "alloc" && failed(t) && wrongRequest(t) === undefined,
    holds: (t) =>
      t.command.kind === "alloc" &&
      sameInterrupts(t) &&
      sameVectors(t) &&
      sameDevice(t, t.command.device) &&
      everyIrq(
        t.config,
        (irq) => t.before.irq(irq) !== undefined || seen(t).irq(irq) === undefined,
      ),
  },
  {
    id: "DOM-2-D",
    title: "the source falls silent before its remapping entry goes away",
    level,
    kind: "step",
    source: [linux("kernel/irq/irqdomain.c:__irq_domain_deactivate_irq")],
    task,
    on: ["shutdown", "free"],
    applies: (t) => !failed(t) && firstEntryWrite(t) >= 0,
    holds: (t) => silencedBefore(t, firstEntryWrite(t)),
  },
  {
    id: "DOM-3",
    title: "the cached message is the device's, and leads to the current vector and CPU",
    level,
    kind: "step",
    source: [linux(`${msi}:msi_domain_activate`), linux(`${msi}:msi_domain_set_affinity`)],
    task,
    needs: ["irqs", "messages"],
    applies: (t) => changed(t).length > 0,
    holds: (t) => changed(t).every((irq) => leadsHome(t, irq)),
  },
  {
    id: "DOM-4",
    title: "deactivation writes a message of zeros",
    level: "linux",
    kind: "step",
    source: [linux(`${msi}:msi_domain_deactivate`)],
    task,
    on: ["shutdown", "free"],
    applies: (t) => deactivated(t) && !sharesMessage(t.config, irqOf(t)),
    holds: (t) => isZero(t.after.hardware.message(irqOf(t))),
  },
  {
    id: "DOM-5",
    title: "after its release no slot, entry or descriptor refers to it, and its source is silent",
    level,
    kind: "step",
    source: [
      linux(`${msi}:__msi_domain_free_irqs`),
      linux("arch/x86/kernel/apic/vector.c:clear_irq_vector"),
    ],
    task,
    on: ["free"],
    needs: ["irqs", "slots", "messages"],
    applies: freed,
    holds: (t) => {
      const irq = irqOf(t);
      const view = seen(t);
      if (view.desc(irq) !== undefined || view.irq(irq) !== undefined) return false;
      if (!isSilent(t.after, irq)) return false;
      const was = t.before.irq(irq);
      if (was !== undefined) {
        for (const { cpu, vector } of pairsOf(was)) {
          if (view.vectors.slot(cpu, vector) === irq) return false;
        }
      }
      return t.config.remapping === "none" || t.after.hardware.target(irq) === undefined;
    },
  },
  {
    id: "DOM-5-V",
    title: "its vector goes back on the CPU that had it",
    level,
    kind: "step",
    source: [linux("arch/x86/kernel/apic/vector.c:clear_irq_vector")],
    task,
    on: ["shutdown", "free"],
    needs: ["irqs", "maps"],
    applies: (t) => givenBack(t).length > 0,
    holds: (t) => givenBack(t).every(({ cpu, vector }) => released(seen(t).vectors, cpu, vector)),
  },
  {
    id: "DOM-5-F",
    title: "the first run of a handler has an event of its own device behind it",
    level,
    kind: "step",
    source: [
      linux("arch/x86/kernel/apic/vector.c:clear_irq_vector"),
      rule("a vector with a request in flight is not handed on"),
    ],
    task,
    on: ["take", "handled", "resume"],
    requires: ["alloc", "startup"],
    applies: (t) => runStart(t)?.desc?.runs === 0,
    holds: (t) => (runStart(t)?.desc?.spare ?? 0) > 0,
  },
];
