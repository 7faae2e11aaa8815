/** What a driver holds, until it gives it back or dies: DRV-6 to DRV-8. */
import type { Clause } from "../../core/clause.js";
import { linux, plan, rule } from "../../core/source.js";
import {
  composed,
  type DriverTransition,
  deviceAt,
  handleAt,
  modeOf,
  named,
  type Of,
  pairsOf,
  sameList,
  sameMessage,
  samePair,
  spareEverywhere,
  without,
} from "./judging.js";
import {
  type Command,
  type DriverView,
  type Pair,
  type Registers,
  SHUTDOWN_VECTOR,
} from "./vocabulary.js";

type T = DriverTransition;

const task = "T1.5";
const contract = "contract" as const;
const step = "step" as const;
const freeing = linux("drivers/pci/msi/api.c:pci_free_irq_vectors");
const injection = rule("a microkernel's driver causes no message that the kernel did not compose");

/** Calls `visit` with every pair that is owned. */
const eachPair = (view: DriverView, visit: (pair: Pair) => void): void => {
  for (const { grant } of view.devices) {
    for (const handle of grant?.handles ?? []) {
      if (handle === undefined) continue;
      if (handle.vector !== 0) visit(handle);
      if (handle.prevVector !== 0) visit({ cpu: handle.prevCpu, vector: handle.prevVector });
    }
  }
};

const pairCount = (view: DriverView): number => {
  let count = 0;
  eachPair(view, () => count++);
  return count;
};

const allDistinct = (t: T): boolean => {
  const seen = new Set<number>();
  let count = 0;
  eachPair(t.after, ({ cpu, vector }) => {
    seen.add(cpu * 256 + vector);
    count++;
  });
  return seen.size === count;
};

/** Calls `visit` with every interrupt that a driver has enabled in an MSI mode. */
const everyLive = (view: DriverView, test: (device: number, index: number) => boolean): boolean =>
  view.devices.every(({ grant }, device) => {
    if (grant === undefined || grant.mode === "legacy") return true;
    return grant.handles.every((handle, index) => handle?.enabled !== true || test(device, index));
  });

const anyLive = (view: DriverView): boolean => !everyLive(view, () => false);

const leadsToItself = (t: T): boolean =>
  everyLive(t.after, (device, index) =>
    samePair(t.after.target(device, index), handleAt(t.after, device, index)),
  );

/** Devices that a command takes from their driver, or leaves without interrupts. */
export const emptied = (view: DriverView, command: Command): readonly number[] => {
  if (command.kind === "releaseAll" || command.kind === "close") {
    const open = (deviceAt(view, command.device)?.driver ?? -1) >= 0;
    return open ? [command.device] : [];
  }
  if (command.kind !== "crash") return [];
  return view.devices.flatMap(({ driver }, i) => (driver === command.driver ? [i] : []));
};

/** Those that had vectors or messages to lose. */
const lost = (t: T): readonly number[] =>
  emptied(t.before, t.command).filter((device) => modeOf(t.before, device) !== "none");

const isQuiet = (registers: Registers): boolean =>
  !registers.msixEnabled &&
  !registers.msiEnabled &&
  !registers.intxDisabled &&
  registers.entryMasks.every((masked) => masked);

const ownedBy = (view: DriverView, devices: readonly number[]): readonly Pair[] =>
  devices.flatMap((device) => deviceAt(view, device)?.grant?.handles.flatMap(pairsOf) ?? []);

/** Exactly these pairs are free now that were taken before. */
const exactlyFreed = (t: T, pairs: readonly Pair[]): boolean => {
  const { observed } = t;
  if (observed === undefined) return true;
  for (let cpu = 0; cpu < t.config.apicIds.length; cpu++) {
    if (!sameList(observed.taken(cpu), without(t.before, cpu, pairs))) return false;
    if (observed.aside(cpu) !== t.after.aside(cpu)) return false;
  }
  return observed.reserved === t.after.reserved;
};

/** The same request as one that was filled when there was as much room. */
const askedBefore = (t: T): boolean => {
  const r = t.command as Of<"alloc">;
  const device = deviceAt(t.before, r.device);
  const earlier = device?.earlier;
  if (device === undefined || earlier === undefined || !device.recycled) return false;
  if (device.driver < 0 || device.grant !== undefined) return false;
  const { modes, min, max, spread, pre } = earlier.request;
  const same =
    modes === r.modes && min === r.min && max === r.max && spread === r.spread && pre === r.pre;
  return same && earlier.quirks === device.quirks && spareEverywhere(t.config, t.before) >= max;
};

const fullAgain = (t: T): boolean => {
  const earlier = deviceAt(t.before, (t.command as Of<"alloc">).device)?.earlier;
  if (earlier === undefined || t.response.kind !== "granted") return false;
  return t.response.mode === earlier.mode && t.response.count >= earlier.count;
};

/** A message that the kernel composed for an interrupt of a device that the driver has open. */
const isOwn = (t: T): boolean => {
  const c = t.command as Of<"program">;
  const device = deviceAt(t.before, c.device);
  if (device?.driver !== c.driver || device.grant === undefined) return false;
  const { mode, handles } = device.grant;
  if (mode === "legacy") return false;
  return handles.some(
    (handle, i) => handle !== undefined && sameMessage(composed(t.config, handle, i, mode), c),
  );
};

const untouched = (t: T): boolean => {
  const { device, index } = t.command as Of<"program">;
  return sameMessage(t.before.message(device, index), t.after.message(device, index));
};

/** Messages that a device would send, were it to have every event at once. */
const sendable = (registers: Registers): readonly number[] => {
  const { msixEnabled, functionMask, entryMasks, msiEnabled, messages, msiMask } = registers;
  if (msixEnabled) {
    return functionMask ? [] : entryMasks.flatMap((masked, i) => (masked ? [] : [i]));
  }
  if (!msiEnabled) return [];
  const all = Array.from({ length: 2 ** messages }, (_x, i) => i);
  return all.filter((i) => ((msiMask >>> i) & 1) === 0);
};

const sends = (t: T): boolean =>
  t.after.devices.some((_d, device) => sendable(t.after.registers(device)).length > 0);

const onlyOwn = (t: T): boolean =>
  t.after.devices.every((state, device) =>
    sendable(t.after.registers(device)).every((i) => {
      const at = t.after.target(device, i);
      if (at === undefined || at.vector === SHUTDOWN_VECTOR) return true;
      const pairs = state.grant?.handles.flatMap(pairsOf) ?? [];
      return pairs.some((pair) => samePair(pair, at));
    }),
  );

const delivery = (t: T): boolean => {
  const { cpu, vector } = t.command as Of<"interrupt">;
  const owner = t.before.owner(cpu, vector);
  if (t.response.kind !== "delivered") return owner === undefined;
  return owner?.device === t.response.device && owner.index === t.response.index;
};

export const lifeClauses: readonly Clause<T>[] = [
  {
    id: "DRV-6",
    title: "no two interrupts of any driver have the same CPU and vector",
    level: contract,
    kind: "invariant",
    source: [linux("drivers/pci/msi/api.c:pci_irq_vector")],
    task,
    applies: (t) => pairCount(t.after) > 1,
    holds: allDistinct,
  },
  {
    id: "DRV-6-M",
    title: "message i of a device leads to the interrupt that its driver has under index i",
    level: contract,
    kind: "invariant",
    source: [linux("drivers/pci/msi/api.c:pci_irq_vector")],
    task,
    needs: ["bus"],
    applies: (t) => anyLive(t.after),
    holds: leadsToItself,
  },
  {
    id: "DRV-6-I",
    title: "a vector that arrives is given to the driver whose interrupt it is, or to nobody",
    level: contract,
    kind: step,
    source: [linux("arch/x86/kernel/irq.c:call_irq_handler")],
    task,
    on: ["interrupt"],
    applies: (t) => t.response.kind === "delivered" || t.response.kind === "spurious",
    holds: delivery,
  },
  {
    id: "DRV-6-R",
    title: "giving an interrupt back frees its vectors, each on its own CPU, and nothing else",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/matrix.c:irq_matrix_free")],
    task,
    on: ["release"],
    needs: ["vectors"],
    applies: (t) => t.response.kind === "done" && named(t) !== undefined,
    holds: (t) => exactlyFreed(t, pairsOf(named(t))),
  },
  {
    id: "DRV-7",
    title:
      "after release, close or death of the driver its device signals nothing: MSI and MSI-X " +
      "off, every entry masked, the pin free again",
    level: contract,
    kind: step,
    source: [freeing],
    task,
    on: ["releaseAll", "close", "crash"],
    needs: ["bus"],
    applies: (t) => lost(t).length > 0,
    holds: (t) => lost(t).every((device) => isQuiet(t.after.registers(device))),
  },
  {
    id: "DRV-7-V",
    title: "after release, close or death of the driver its vectors and reservations are free",
    level: contract,
    kind: step,
    source: [freeing],
    task,
    on: ["releaseAll", "close", "crash"],
    needs: ["vectors"],
    applies: (t) => lost(t).length > 0,
    holds: (t) => exactlyFreed(t, ownedBy(t.before, lost(t))),
  },
  {
    id: "DRV-7-N",
    title: "whoever opens the device next and asks the same gets as much as was had before",
    level: contract,
    kind: step,
    source: [freeing, plan("T1.5")],
    task,
    on: ["alloc"],
    applies: askedBefore,
    holds: fullAgain,
  },
  {
    id: "DRV-8",
    title:
      "a driver has a message written only if the kernel composed it for an interrupt of that " +
      "driver; any other is refused and leaves the device as it was",
    level: contract,
    kind: step,
    source: [injection],
    task,
    on: ["program"],
    applies: (t) => !isOwn(t),
    holds: (t) => t.response.kind !== "done" && untouched(t),
  },
  {
    id: "DRV-8-M",
    title: "no message that a device may send leads to a vector of another device or to a free one",
    level: contract,
    kind: "invariant",
    source: [injection],
    task,
    needs: ["bus"],
    applies: sends,
    holds: onlyOwn,
  },
];
