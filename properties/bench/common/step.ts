/** The common specification as a readable model: slots as a list, counters recounted never. */
import type { Model, Outcome } from "../../../spec/core/model.js";
import type { Command, CommonView, Config, Response, SlotKind } from "./vocabulary.js";

export type State = {
  /** Slot of vector v on CPU c at c * vectors + v. */
  readonly slots: readonly SlotKind[];
  readonly online: readonly boolean[];
  /** The slot each thread picked, or -1. */
  readonly picks: readonly number[];
};

type Step = Outcome<State, Response>;

const done = (state: State): Step => ({ state, response: { kind: "done" } });
const refused = (state: State): Step => ({ state, response: { kind: "refused" } });

const init = (config: Config): State => ({
  slots: Array.from({ length: config.cpus * config.vectors }, () => "free"),
  online: Array.from({ length: config.cpus }, () => true),
  picks: Array.from({ length: config.threads }, () => -1),
});

const count = (config: Config, state: State, cpu: number, kinds: readonly SlotKind[]): number => {
  let n = 0;
  for (let v = 0; v < config.vectors; v++) {
    if (kinds.includes(state.slots[cpu * config.vectors + v] as SlotKind)) n++;
  }
  return n;
};

/** The lowest slot of a CPU of a kind. */
const lowest = (config: Config, state: State, cpu: number, kind: SlotKind): number =>
  state.slots.indexOf(kind, cpu * config.vectors);

/** The online CPUs of a mask that have most slots of a kind, ascending; none where none has any. */
const most = (config: Config, state: State, mask: number, kind: SlotKind): number[] => {
  let best: number[] = [];
  let top = 0;
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    if (((mask >> cpu) & 1) === 0 || state.online[cpu] !== true) continue;
    const n = count(config, state, cpu, [kind]);
    if (n > top) [best, top] = [[cpu], n];
    else if (n === top && n > 0) best.push(cpu);
  }
  return best;
};

const set = (state: State, slot: number, kind: SlotKind): State => ({
  ...state,
  slots: state.slots.with(slot, kind),
});

const granted = (config: Config, state: State, slot: number): Step => ({
  state,
  response: {
    kind: "granted",
    cpu: Math.floor(slot / config.vectors),
    vector: slot % config.vectors,
  },
});

/** One outcome for each CPU that a tie admits, the lowest number first. */
const grants = (
  config: Config,
  state: State,
  mask: number,
  from: SlotKind,
  to: SlotKind,
): Step[] => {
  const outcomes = most(config, state, mask, from).map((cpu) => {
    const slot = lowest(config, state, cpu, from);
    return granted(config, set(state, slot, to), slot);
  });
  return outcomes.length > 0 ? outcomes : [refused(state)];
};

const offline = (config: Config, state: State, cpu: number): Step[] => {
  if (state.online[cpu] !== true) return [refused(state)];
  const online = state.online.with(cpu, false);
  if (!online.includes(true)) return [refused(state)];
  const own = (slot: number): boolean => Math.floor(slot / config.vectors) === cpu;
  const left: State = {
    ...state,
    online,
    slots: state.slots.map((kind, slot) => {
      if (!own(slot)) return kind;
      return kind === "used" ? "free" : kind === "managed" ? "reserved" : kind;
    }),
  };
  const moving = count(config, state, cpu, ["used"]);
  let ends = [left];
  for (let i = 0; i < moving; i++) {
    ends = ends.flatMap((end) =>
      grants(config, end, -1, "free", "used")
        .filter(({ response }) => response.kind === "granted")
        .map((outcome) => outcome.state),
    );
  }
  return ends.length > 0 ? ends.map(done) : [refused(state)];
};

const system = (config: Config, state: State, vector: number, from: SlotKind): Step => {
  const on = (slot: number): boolean => slot % config.vectors === vector;
  if (state.slots.some((kind, slot) => on(slot) && kind !== from)) return refused(state);
  const to = from === "free" ? "system" : "free";
  return done({ ...state, slots: state.slots.map((kind, slot) => (on(slot) ? to : kind)) });
};

const moveAll = (
  config: Config,
  state: State,
  mask: number,
  from: SlotKind,
  to: SlotKind,
): Step => {
  let next = state;
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    if (((mask >> cpu) & 1) === 0) continue;
    if (count(config, state, cpu, [from]) === 0) return refused(state);
    next = set(next, lowest(config, next, cpu, from), to);
  }
  return done(next);
};

const commit = (config: Config, state: State, thread: number): Step => {
  const slot = state.picks[thread] as number;
  if (slot < 0) return refused(state);
  const left: State = { ...state, picks: state.picks.with(thread, -1) };
  const online = state.online[Math.floor(slot / config.vectors)] === true;
  if (!online || state.slots[slot] !== "free") return refused(left);
  return granted(config, set(left, slot, "used"), slot);
};

const outcomes = (config: Config, state: State, command: Command): readonly Step[] => {
  switch (command.kind) {
    case "alloc":
      return grants(config, state, command.mask, "free", "used");
    case "free": {
      const slot = command.cpu * config.vectors + command.vector;
      const kind = state.slots[slot];
      if (kind === "used") return [done(set(state, slot, "free"))];
      return [kind === "managed" ? done(set(state, slot, "reserved")) : refused(state)];
    }
    case "offline":
      return offline(config, state, command.cpu);
    case "online":
      if (state.online[command.cpu] === true) return [refused(state)];
      return [done({ ...state, online: state.online.with(command.cpu, true) })];
    case "sysres":
      return [system(config, state, command.vector, "free")];
    case "sysfree":
      return [system(config, state, command.vector, "system")];
    case "mres":
      return [moveAll(config, state, command.mask, "free", "reserved")];
    case "mfree":
      return [moveAll(config, state, command.mask, "reserved", "free")];
    case "malloc":
      return grants(config, state, command.mask, "reserved", "managed");
    case "begin": {
      if ((state.picks[command.thread] as number) >= 0) return [refused(state)];
      const steps = most(config, state, command.mask, "free").map((cpu) => {
        const slot = lowest(config, state, cpu, "free");
        return done({ ...state, picks: state.picks.with(command.thread, slot) });
      });
      return steps.length > 0 ? steps : [refused(state)];
    }
    case "commit":
      return [commit(config, state, command.thread)];
  }
};

const view = (config: Config, state: State): CommonView => {
  const of = (cpu: number, ...kinds: SlotKind[]): number => count(config, state, cpu, kinds);
  const cpus = Array.from({ length: config.cpus }, (_x, cpu) => cpu);
  const slot = (cpu: number, vector: number): SlotKind =>
    state.slots[cpu * config.vectors + vector] as SlotKind;
  const sum = (of1: (cpu: number) => number): number => cpus.reduce((n, c) => n + of1(c), 0);
  return {
    onlineMask: state.online.reduce((mask, on, cpu) => mask | (Number(on) << cpu), 0),
    get globalAvailable() {
      return sum((cpu) => (state.online[cpu] === true ? of(cpu, "free") : 0));
    },
    get globalAllocated() {
      return sum((cpu) => of(cpu, "used", "managed"));
    },
    get globalReserved() {
      return sum((cpu) => of(cpu, "reserved"));
    },
    available: (cpu) => of(cpu, "free"),
    allocated: (cpu) => of(cpu, "used", "managed"),
    reserved: (cpu) => of(cpu, "reserved"),
    countFree: (cpu) => of(cpu, "free"),
    countAllocated: (cpu) => of(cpu, "used", "managed"),
    countReserved: (cpu) => of(cpu, "reserved"),
    countSystem: () => of(0, "system"),
    overlaps: () => false,
    slot,
    nextInUse: (cpu, from) => {
      for (let i = 0; i < config.vectors; i++) {
        const kind = slot(cpu, (from + i) % config.vectors);
        if (kind === "used" || kind === "managed") return (from + i) % config.vectors;
      }
      return -1;
    },
    picked: (thread) => state.picks[thread] as number,
  };
};

export const model: Model<Config, State, Command, Response, CommonView> = {
  init,
  step: (config, state, command) => outcomes(config, state, command)[0] as Step,
  outcomes,
  follow: (config, state, command, response) => {
    const steps = outcomes(config, state, command);
    const key = JSON.stringify(response);
    return (steps.find((s) => JSON.stringify(s.response) === key) ?? { state }).state;
  },
  view,
};

/** The state as words: equal words, equal state. */
export const fingerprint = (config: Config, state: State): Int32Array => {
  const kinds: readonly SlotKind[] = ["free", "used", "system", "reserved", "managed"];
  return Int32Array.from([
    ...state.slots.map((kind) => kinds.indexOf(kind)),
    ...state.online.map(Number),
    ...state.picks.slice(0, config.threads),
  ]);
};
