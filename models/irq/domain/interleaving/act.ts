/** What each reported step does to memory and hardware, whoever reports it and in what order. */
import {
  type Config,
  NONE,
  type Response,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import { unmask } from "./hardware.js";
import {
  actorAt,
  cpuOf,
  idle,
  irqAt,
  pairOf,
  type State,
  withActor,
  withEntry,
  withIrq,
  withSlot,
} from "./state.js";

const lockHolder = (
  state: State,
  i: number,
  lock: "interrupt" | "matrix",
  holder: number,
): State => (lock === "matrix" ? { ...state, holder } : withIrq(state, i, { holder }));

/** Whatever the interrupt was bound to before becomes the old pair. */
const record = (config: Config, state: State, i: number, at: number): State => {
  const irq = irqAt(state, i);
  const moved = irq.at !== NONE && irq.at !== at;
  return withIrq(state, i, {
    at: pairWithin(config, at),
    old: moved ? irq.at : irq.old,
    queued: false,
    handled: !moved,
  });
};

const pairWithin = (config: Config, pair: number): number =>
  pair < config.cpus * config.vectors ? pair : NONE;

const forget = (state: State, a: number): State => {
  const { interrupt, work } = actorAt(state, a);
  const old = { old: NONE, queued: false };
  return withIrq(state, interrupt, work === "free" ? { ...old, at: NONE } : old);
};

const took = (config: Config, state: State, a: number, vector: number): State => {
  const cpu = a - config.threads;
  const pair = pairOf(config, cpu, vector);
  const bit = 1 << pair;
  const taken = { ...state, irr: state.irr & ~bit, isr: state.isr | bit };
  return withActor(taken, a, { pair });
};

/** The CPU has the interrupt of the slot in hand. */
const dispatch = (config: Config, state: State, a: number, i: number): State => {
  const chosen = withActor(state, a, { interrupt: i });
  const { at } = irqAt(state, i);
  const here = at !== NONE && cpuOf(config, at) === a - config.threads;
  return here && !irqAt(state, i).handled ? withIrq(chosen, i, { handled: true }) : chosen;
};

const start = (state: State, a: number, i: number): State => {
  const { runs } = irqAt(state, i);
  const begun = withIrq(state, i, { marked: false, runner: a, owed: false, runs: runs + 1 });
  return withActor(begun, a, { running: true });
};

export const act = (config: Config, state: State, a: number, response: Response): State => {
  const i = actorAt(state, a).interrupt;
  const pair =
    "vector" in response && "cpu" in response
      ? pairWithin(config, pairOf(config, response.cpu, response.vector))
      : NONE;
  const bit = pair === NONE ? 0 : 1 << pair;
  switch (response.kind) {
    case "locked":
      return lockHolder(state, i, response.lock, a);
    case "unlocked":
      return lockHolder(state, i, response.lock, NONE);
    case "found":
      return withActor(state, a, { found: pair });
    case "claimed":
      return { ...state, bits: state.bits | bit };
    case "released":
      return { ...state, bits: state.bits & ~bit };
    case "recorded":
      return record(config, state, i, pair);
    case "slotSet":
      return pair === NONE ? state : withSlot(state, pair, i);
    case "slotCleared":
      return pair === NONE ? state : withSlot(state, pair, NONE);
    case "forgot":
      return forget(state, a);
    case "masked":
      return withEntry(state, i, { masked: true });
    case "unmasked":
      return unmask(config, state, i);
    case "wroteAddress":
      return withEntry(state, i, { cpu: response.cpu });
    case "wroteData":
      return withEntry(state, i, { vector: response.vector });
    case "wroteEntry":
      return withEntry(state, i, { memory: pair });
    case "clearedEntry":
      return withEntry(state, i, { memory: NONE });
    case "invalidated":
      return withEntry(state, i, { cached: NONE });
    case "queued":
      return withIrq(state, i, { queued: true });
    case "wanted":
      return withIrq(state, i, { wanted: response.cpu });
    case "disabled":
      return withIrq(state, i, { disabled: true });
    case "enabled":
      return withIrq(state, i, { disabled: false });
    case "resent":
      return { ...withIrq(state, i, { marked: false }), irr: state.irr | bit };
    case "registered":
      return withIrq(state, i, { phase: "live" });
    case "unregistered":
      return withIrq(state, i, { phase: "freed", owed: false, wanted: NONE });
    case "took":
      return a < config.threads ? state : took(config, state, a, response.vector);
    case "dispatched":
      return response.interrupt < config.interrupts
        ? dispatch(config, state, a, response.interrupt)
        : state;
    case "marked":
      return withIrq(state, i, { marked: true });
    case "acknowledged": {
      const inHand = actorAt(state, a).pair;
      return inHand === NONE ? state : { ...state, isr: state.isr & ~(1 << inHand) };
    }
    case "started":
      return start(state, a, i);
    case "ended":
      return withActor(state, a, { running: false });
    case "closed":
      return withIrq(state, i, { runner: NONE });
    case "finished":
      return withActor(state, a, { ...idle, begun: actorAt(state, a).begun });
    default:
      return state;
  }
};
