import type { Outcome } from "../../../spec/core/model.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import type { Errno, Kernel, Of, Response } from "../../../spec/irq/capability/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { PciFunction } from "../../hardware/pci/index.js";

/** A function that is plugged, with what the hardware model needs. */
export type Plugged = {
  readonly plug: Of<"plug">;
  readonly shape: FunctionShape;
  readonly fn: PciFunction;
};

export type State = {
  readonly plugged: Plugged | undefined;
  readonly gone: boolean;
  readonly kernel: Kernel;
  /** Messages that the last command put on the bus. */
  readonly sent: readonly Message[];
};

export type CapabilityOutcome = Outcome<State, Response>;

export const nothingSent: readonly Message[] = [];
export const noAccesses: readonly Access[] = [];

export const idle: Kernel = { mode: "none", vectors: [], spareMask: 0 };

const empty: State = { plugged: undefined, gone: false, kernel: idle, sent: nothingSent };

export const init = (): State => empty;

/** The same after a command that reached no hardware. */
export const quiet = (state: State): State =>
  state.sent.length === 0 ? state : { ...state, sent: nothingSent };

export const failure = (error: Errno, bus = noAccesses): Extract<Response, { kind: "failed" }> => ({
  kind: "failed",
  error,
  bus,
});

/** There, with power: what Linux calls D0. */
export const awake = (state: State): boolean => state.plugged?.fn.powered === true && !state.gone;
