/** MSI and MSI-X capabilities as Linux 7.0 handles them: one function a command. */
import {
  CONTROL,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSI_ID,
  MSIX_ENABLE,
  MSIX_ID,
} from "../../../spec/hardware/pci/capabilities.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type {
  Command,
  Config,
  Of,
  Response,
  Vector,
} from "../../../spec/irq/capability/vocabulary.js";
import { power, raise } from "../../hardware/pci/index.js";
import { agree, maskOf, nthMessage } from "./agree.js";
import { FunctionBus, type RegisterBus } from "./bus.js";
import { enableMsi, enableMsix, type Granted } from "./enable.js";
import { disableMsi, mmeOf, restoreMsi, writeMsiMask, writeMsiMessage } from "./msi.js";
import {
  disableMsix,
  type Entry,
  maskMsix,
  restoreMsix,
  unmaskMsix,
  writeMsixMessage,
} from "./msix.js";
import { parseMsi, parseMsix, pendingBit } from "./parse.js";
import { pluggedOf } from "./shape.js";
import { awake, type CapabilityOutcome, failure, nothingSent, quiet, type State } from "./state.js";
import { findCapability } from "./walk.js";

export { init } from "./state.js";

/** A sequence on the function's bus: answers, with the log as it is then. */
export type Sequence = (bus: FunctionBus) => Response;

/** Runs a sequence on the function; the books are then kept by what was answered. */
export const onBus = (
  config: Config,
  state: State,
  command: Command,
  sequence: Sequence,
): CapabilityOutcome => {
  const { plugged } = state;
  if (plugged === undefined) return { state: quiet(state), response: failure("EINVAL") };
  const bus = new FunctionBus(plugged.shape, plugged.fn, state.gone);
  const response = sequence(bus);
  const kernel = agree(config, state, command, response, bus.fn);
  const sent = bus.sent.length === 0 ? nothingSent : bus.sent;
  return { state: { ...state, plugged: { ...plugged, fn: bus.fn }, kernel, sent }, response };
};

const done = (bus: FunctionBus): Response => ({ kind: "done", bus: bus.log });

/** pci_msi_init, pci_msix_init: what is enabled is switched off. */
const switchOff = (bus: RegisterBus, at: number, bit: number): void => {
  if (at === 0) return;
  const control = bus.readConfig(at + CONTROL, 2);
  if ((control & bit) !== 0) bus.writeConfig(at + CONTROL, 2, control & ~bit);
};

export const probe: Sequence = (bus) => {
  switchOff(bus, findCapability(bus, MSI_ID), MSI_ENABLE);
  switchOff(bus, findCapability(bus, MSIX_ID), MSIX_ENABLE);
  return done(bus);
};

/** The state with a function just plugged, before it is probed. */
export const fresh = (state: State, command: Of<"plug">): State => ({
  ...state,
  plugged: pluggedOf(command),
  gone: false,
});

export const answerGranted = (bus: FunctionBus, granted: Granted): Response =>
  typeof granted === "number"
    ? { kind: "enabled", count: granted, bus: bus.log }
    : failure(granted, bus.log);

export const find = (state: State, index: number): Vector | undefined =>
  state.kernel.vectors.find((v) => v.index === index);

/** The vector control in the kernel's books. */
export const controlOf = (v: Vector): number => (v.control | (v.masked ? ENTRY_MASKED : 0)) >>> 0;

export const entryOf = (v: Vector): Entry => ({
  index: v.index,
  message: v.message,
  control: controlOf(v),
});

/** pci_irq_mask_msi, pci_irq_mask_msix and their opposites, from the kernel's books. */
const setMask = (
  config: Config,
  state: State,
  bus: RegisterBus,
  index: number,
  masked: boolean,
): void => {
  const { msi, msix } = readingOf((state.plugged as { plug: Of<"plug"> }).plug);
  const v = find(state, index) as Vector;
  if (state.kernel.mode === "msix" && msix !== undefined) {
    (masked ? maskMsix : unmaskMsix)(bus, msix, config.masking, index, controlOf(v));
  } else if (msi !== undefined && config.masking) {
    const vectors = state.kernel.vectors.map((x) => (x === v ? { ...v, masked } : x));
    writeMsiMask(bus, msi, maskOf({ ...state.kernel, vectors }));
  }
};

const noSuch: Sequence = () => failure("EINVAL");

const changeMask =
  (config: Config, state: State, index: number, masked: boolean): Sequence =>
  (bus) => {
    if (find(state, index) === undefined) return noSuch(bus);
    setMask(config, state, bus, index, masked);
    return done(bus);
  };

/** Under the lock one is done before the other. */
const overlap =
  (config: Config, state: State, c: Of<"overlap">): Sequence =>
  (bus) => {
    const wanted = find(state, c.second);
    if (find(state, c.first) === undefined || wanted === undefined) return noSuch(bus);
    if (c.first === c.second) return noSuch(bus);
    setMask(config, state, bus, c.first, c.firstMask);
    const command = { kind: "mask", index: c.first } as const;
    const kernel = agree(
      config,
      state,
      c.firstMask ? command : { ...command, kind: "unmask" },
      done(bus),
      bus.fn,
    );
    setMask(config, { ...state, kernel }, bus, c.second, c.secondMask);
    return done(bus);
  };

/** __pci_write_msi_msg: without power only the books change. */
const writeMessage =
  (config: Config, state: State, c: Of<"writeMessage">): Sequence =>
  (bus) => {
    const v = find(state, c.index);
    const { msi, msix } = readingOf((state.plugged as { plug: Of<"plug"> }).plug);
    if (v === undefined || (state.kernel.mode === "msi" && c.index !== 0)) return noSuch(bus);
    if (!awake(state)) return done(bus);
    const message = nthMessage(c, 0);
    if (state.kernel.mode === "msix" && msix !== undefined) {
      writeMsixMessage(bus, msix, config.masking, { ...entryOf(v), message });
    } else if (msi !== undefined) {
      writeMsiMessage(bus, msi, mmeOf(state.kernel.vectors.length), message);
    }
    return done(bus);
  };

const disable =
  (config: Config, state: State): Sequence =>
  (bus) => {
    const { plug } = state.plugged as { plug: Of<"plug"> };
    const { msi, msix } = readingOf(plug);
    const { mode, vectors } = state.kernel;
    if (mode === "msi" && msi !== undefined) {
      disableMsi(bus, msi, config.masking, maskOf(state.kernel), plug.intxBug);
    } else if (mode === "msix" && msix !== undefined && !state.gone) {
      disableMsix(bus, msix, config.masking, vectors.map(entryOf), plug.intxBug);
    }
    return done(bus);
  };

/** pci_restore_msi_state, once the function has power again. */
const restore =
  (config: Config, state: State): Sequence =>
  (bus) => {
    const { plug } = state.plugged as { plug: Of<"plug"> };
    const { msi, msix } = readingOf(plug);
    const { mode, vectors } = state.kernel;
    const first = vectors[0];
    if (mode === "msi" && msi !== undefined && first !== undefined) {
      const mask = maskOf(state.kernel);
      const kept = { mme: mmeOf(vectors.length), mask, message: first.message };
      restoreMsi(bus, msi, config.masking, kept, plug.intxBug);
    } else if (mode === "msix" && msix !== undefined) {
      restoreMsix(bus, msix, config.masking, vectors.map(entryOf), plug.intxBug);
    }
    return done(bus);
  };

/** The state with the power of its function switched. */
export const powered = (state: State, on: boolean): State => {
  const { plugged } = state;
  if (plugged === undefined) return state;
  return { ...state, plugged: { ...plugged, fn: power(plugged.shape, plugged.fn, on) } };
};

const still: Response = { kind: "done", bus: [] };

/** A command that changes the hardware and not by a register access. */
const without = (state: State): CapabilityOutcome => ({ state: quiet(state), response: still });

const resume = (config: Config, state: State, command: Of<"resume">): CapabilityOutcome => {
  if (state.gone || state.plugged === undefined || awake(state)) {
    return { state: quiet(state), response: failure("EINVAL") };
  }
  const on = powered(state, true);
  return onBus(config, on, command, restore(config, on));
};

/** The device has an event: what it sends, if anything. */
export const event = (state: State, c: Of<"event">): State => {
  const { plugged } = state;
  if (plugged === undefined || !awake(state)) return quiet(state);
  const { fn, sent } = raise(plugged.shape, plugged.fn, c.index);
  return { ...state, plugged: { ...plugged, fn }, sent };
};

const parse = (c: Of<"parse">): Response => {
  const buffer = new Uint8Array(c.length);
  c.bytes.forEach((byte, i) => {
    if (c.at + i < c.length) buffer[c.at + i] = byte;
  });
  return (c.capability === "msi" ? parseMsi : parseMsix)(buffer, c.at);
};

export const step = (config: Config, state: State, command: Command): CapabilityOutcome => {
  const run = (sequence: Sequence) => onBus(config, state, command, sequence);
  switch (command.kind) {
    case "plug":
      return onBus(config, fresh(state, command), command, probe);
    case "walk":
      return run((bus) => ({
        kind: "walked",
        found: findCapability(bus, command.id),
        bus: bus.log,
      }));
    case "parse":
      return { state: quiet(state), response: parse(command) };
    case "pendingBit":
      return { state: quiet(state), response: { kind: "bit", ...pendingBit(command.entry) } };
    case "enableMsi":
      return run((bus) => answerGranted(bus, enableMsi(config, state, bus, command)));
    case "enableMsix":
      return run((bus) => answerGranted(bus, enableMsix(config, state, bus, command)));
    case "disable":
      return run(disable(config, state));
    case "mask":
      return run(changeMask(config, state, command.index, true));
    case "unmask":
      return run(changeMask(config, state, command.index, false));
    case "overlap":
      return run(overlap(config, state, command));
    case "writeMessage":
      return run(writeMessage(config, state, command));
    case "suspend":
      return without(powered(state, false));
    case "resume":
      return resume(config, state, command);
    case "vanish":
      return without({ ...powered(state, false), gone: state.plugged !== undefined });
    case "event":
      return { state: event(state, command), response: still };
  }
};
