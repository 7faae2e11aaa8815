/** The whole path: what a message does, from the function that sends it to the local APICs. */
import type { Clause } from "../../core/clause.js";
import { amdvi, pcie, rule, sdm, vtd } from "../../core/source.js";
import { soleFate } from "../remapping/fate.js";
import type { Fate } from "../remapping/fates.js";
import { fits, visible } from "../remapping/judging.js";
import type { Sent } from "../shape.js";
import { cpuOf, functionOf, type MachineTransition, sameFunction, sameWords } from "./judging.js";
import {
  addedExactly,
  arriving,
  clusterBroadcast,
  inWindow,
  MOST_HELD,
  oneOfMany,
  requestOf,
} from "./path.js";
import type { ApicView, CommandKind, View } from "./vocabulary.js";

type T = MachineTransition;
const common = { level: "contract", kind: "step", task: "T1.4" } as const;

/** Commands in which devices send. */
const SENDING: readonly CommandKind[] = ["event", "write", "inject", "release"];

/**
 * Every message that arrives is plain: in the window, fixed, and who takes it is fixed too. An
 * illegal vector, below 16, may raise the error interrupt instead and is judged apart.
 */
const plain = (t: T, arrived: readonly Sent[]): boolean =>
  arrived.every(({ message }) => {
    if (!inWindow(message)) return false;
    const r = requestOf(message);
    if (r.delivery > 1 || r.vector < 16) return false;
    return !oneOfMany(t.before.apics, r) && !clusterBroadcast(t.before.apics, r);
  });

/** The write of the command changes local APICs by itself. */
const byItself = (t: T): boolean => t.command.kind === "write" && t.command.space === "remapping";

const sameApics = (a: View, b: View | undefined, except = -1): boolean =>
  b !== undefined &&
  a.apics.length === b.apics.length &&
  a.apics.every((apic, cpu) => {
    const other = b.apics[cpu] as ApicView;
    return (
      cpu === except ||
      apic === other ||
      (sameWords(apic.irr, other.irr) &&
        sameWords(apic.isr, other.isr) &&
        sameWords(apic.tmr, other.tmr) &&
        apic.tpr === other.tpr &&
        apic.svr === other.svr)
    );
  });

const same = (a: Sent, b: Sent | undefined): boolean =>
  b !== undefined &&
  a.requester === b.requester &&
  a.message.addressLo === b.message.addressLo &&
  a.message.addressHi === b.message.addressHi &&
  a.message.data === b.message.data;

const sent = (t: T): readonly Sent[] => t.observed?.log.sent ?? [];

/** A mishap of this kind waited, and a message came. */
const struck = (t: T, mishap: View["mishap"]): boolean =>
  t.before.mishap === mishap && sent(t).length > 0;

/** The event of a device behind a remapping unit, and the one thing that may become of it. */
const eventFate = (t: T): Fate | undefined => {
  const fate = t.command.kind === "event" ? soleFate(t) : undefined;
  return fate !== undefined && visible(t, fate) ? fate : undefined;
};

export const pathClauses: readonly Clause<T>[] = [
  {
    ...common,
    id: "HW-PATH-1",
    title: "without remapping a message sets the request of exactly the CPUs and vector it names",
    source: [sdm("message signalled interrupts"), sdm("determining the destination")],
    needs: ["apics", "bus"],
    on: SENDING,
    applies: (t) => {
      if (t.before.unit !== undefined || byItself(t)) return false;
      const arrived = arriving(t);
      return arrived.length > 0 && plain(t, arrived);
    },
    holds: (t) => {
      const requests = arriving(t).map(({ message }) => requestOf(message));
      return addedExactly(t.config, t.before.apics, t.observed?.apics ?? [], requests);
    },
  },
  {
    ...common,
    id: "HW-PATH-2",
    title: "without a message no local APIC changes by what devices, buses and memory do",
    source: [sdm("local and I/O APIC overview"), rule("an interrupt has a cause")],
    needs: ["apics", "bus"],
    on: ["event", "quiet", "power", "read", "write", "lose", "hold", "duplicate"],
    applies: (t) => !byItself(t) && arriving(t).length === 0,
    holds: (t) => sameApics(t.before, t.observed),
  },
  {
    ...common,
    id: "HW-PATH-3",
    title: "a message that is lost reaches nobody, and only that one is lost",
    source: [rule("hardware fault: a lost message")],
    needs: ["apics", "bus"],
    on: ["event", "write"],
    requires: ["lose"],
    applies: (t) => struck(t, "lose"),
    holds: (t) =>
      t.after.mishap === "none" && (sent(t).length > 1 || sameApics(t.before, t.observed)),
  },
  {
    ...common,
    id: "HW-PATH-4",
    title: "a late message is kept as it was sent, behind those that are late already",
    source: [rule("hardware fault: a late message"), pcie("2.4 ordering of posted writes")],
    needs: ["bus"],
    on: ["event", "write"],
    requires: ["hold"],
    applies: (t) => struck(t, "hold") && t.before.held.length < MOST_HELD,
    holds: (t) => {
      const held = t.observed?.held ?? [];
      const { length } = t.before.held;
      return (
        held.length === length + 1 &&
        t.before.held.every((s, i) => same(s, held[i])) &&
        same(sent(t)[0] as Sent, held[length])
      );
    },
  },
  {
    ...common,
    id: "HW-PATH-5",
    title: "released, a late message is gone from those kept, and the others stay in order",
    source: [rule("hardware fault: a late message")],
    needs: ["bus"],
    on: ["release"],
    requires: ["hold", "event"],
    applies: (t) => t.command.kind === "release" && t.before.held[t.command.nth] !== undefined,
    holds: (t) => {
      const nth = t.command.kind === "release" ? t.command.nth : -1;
      const rest = t.before.held.filter((_s, i) => i !== nth);
      const held = t.observed?.held ?? [];
      return held.length === rest.length && rest.every((s, i) => same(s, held[i]));
    },
  },
  {
    ...common,
    id: "HW-PATH-6",
    title: "a message outside the interrupt window is a write to memory and no interrupt",
    source: [pcie("6.1.4 an MSI is a memory write"), sdm("message address register format")],
    needs: ["apics", "memory"],
    on: SENDING,
    applies: (t) => {
      const arrived = arriving(t);
      return !byItself(t) && arrived.length > 0 && arrived.every((s) => !inWindow(s.message));
    },
    holds: (t) => {
      const last = new Map<number, number>();
      for (const { message } of arriving(t)) {
        const { addressHi, addressLo: at, data } = message;
        if (addressHi === 0 && at + 4 <= t.config.ram) last.set(at, data);
      }
      const memory = t.observed?.memory;
      return (
        sameApics(t.before, t.observed) &&
        [...last].every(([at, data]) => memory?.word(at) === data >>> 0)
      );
    },
  },
  {
    ...common,
    id: "HW-PATH-7",
    title: "what is done to one function leaves every other one as it was",
    source: [pcie("7.5 each function has configuration space of its own")],
    needs: ["config", "tables"],
    on: ["write", "event", "quiet", "power"],
    applies: (t) => functionOf(t) >= 0 && t.before.functions.length > 1,
    holds: (t) => {
      const own = functionOf(t);
      const shown = t.observed?.functions;
      return t.before.functions.every((fn, i) => i === own || sameFunction(fn, shown?.[i]));
    },
  },
  {
    ...common,
    id: "HW-PATH-8",
    title: "what a CPU takes, acknowledges or ends changes its own local APIC only",
    source: [sdm("each processor has a local APIC of its own")],
    needs: ["apics"],
    on: ["take", "acknowledge", "eoi"],
    applies: (t) => cpuOf(t) >= 0 && t.before.apics.length > 1,
    holds: (t) => sameApics(t.before, t.observed, cpuOf(t)),
  },
  {
    ...common,
    id: "HW-PATH-9",
    title: "what CPUs do with their local APICs changes no function",
    source: [rule("a device does not see which CPU took its interrupt")],
    needs: ["config", "tables"],
    on: ["take", "acknowledge", "eoi", "phantom", "inject", "release", "advance"],
    applies: (t) => t.before.functions.length > 0,
    holds: (t) => t.before.functions.every((fn, i) => sameFunction(fn, t.observed?.functions[i])),
  },
  {
    ...common,
    id: "HW-PATH-10",
    title: "a message that arrives twice before it is taken is one request",
    source: [sdm("interrupt acceptance for fixed interrupts"), rule("hardware fault: a duplicate")],
    needs: ["apics", "bus"],
    on: ["event", "write"],
    requires: ["duplicate"],
    applies: (t) => struck(t, "duplicate") && sent(t).length === 1 && !byItself(t),
    holds: (t) => {
      const before = t.before.apics;
      const after = t.observed?.apics ?? [];
      // One vector, however many CPUs the destination names.
      const vectors = new Set<number>();
      for (let cpu = 0; cpu < before.length; cpu++) {
        for (let w = 0; w < 8; w++) {
          let bits = (after[cpu]?.irr[w] ?? 0) & ~((before[cpu] as ApicView).irr[w] ?? 0);
          for (; bits !== 0; bits &= bits - 1) vectors.add(32 * w + 31 - Math.clz32(bits & -bits));
        }
      }
      return vectors.size <= 1;
    },
  },
  {
    ...common,
    id: "HW-PATH-11",
    title:
      "behind a remapping unit an event is heard where its entry says, or blocked, by no other",
    source: [vtd("interrupt remapping"), amdvi("interrupt remapping tables")],
    needs: ["apics", "bus"],
    on: ["event"],
    requires: ["write"],
    applies: (t) => eventFate(t) !== undefined,
    holds: (t) => {
      const fate = eventFate(t);
      const blocked = t.observed?.log.blocked.length ?? 0;
      return fate !== undefined && fits(t, fate) && blocked === (fate.kind === "block" ? 1 : 0);
    },
  },
];
