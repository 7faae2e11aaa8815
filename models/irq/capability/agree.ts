/** What the kernel has agreed to after a command, given what it answered. */
import { ENTRY_CONTROL, ENTRY_MASKED } from "../../../spec/hardware/pci/capabilities.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type {
  Command,
  Config,
  Kernel,
  Of,
  Response,
  Vector,
} from "../../../spec/irq/capability/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { layoutOf, msiMask, type PciFunction } from "../../hardware/pci/index.js";
import { ENTRY_WORDS } from "../../hardware/pci/state.js";
import { idle, type State } from "./state.js";

/** The message of the interrupt at a place of a request. */
export const nthMessage = (c: Message, nth: number): Message => ({
  addressLo: c.addressLo,
  addressHi: c.addressHi,
  data: (c.data + nth) >>> 0,
});

/** Bits of an MSI mask register that the kernel's books hold. */
export const maskOf = (kernel: Kernel): number => {
  let mask = kernel.spareMask;
  for (const { index, masked } of kernel.vectors) if (masked) mask |= 1 << index;
  return mask >>> 0;
};

/** The kernel can mask single messages of the function. */
export const canMaskMsi = (config: Config, state: State): boolean =>
  config.masking &&
  state.plugged !== undefined &&
  readingOf(state.plugged.plug).msi?.maskable === true;

const msiVectors = (
  config: Config,
  state: State,
  c: Of<"enableMsi">,
  answered: number,
  fn: PciFunction,
): Kernel => {
  const masked = canMaskMsi(config, state);
  const count = Math.min(answered, MAX_MESSAGES);
  const vectors = Array.from({ length: count }, (_x, index): Vector => {
    return { index, message: nthMessage(c, index), masked, control: 0 };
  });
  const { plugged } = state;
  const mask = masked && plugged !== undefined ? msiMask(layoutOf(plugged.shape), fn) : 0;
  return { mode: "msi", vectors, spareMask: (mask & ~(2 ** count - 1)) >>> 0 };
};

/** Messages that an MSI function can have. */
const MAX_MESSAGES = 32;

/** Entry of the table at a place of a request. */
export const nthEntry = (c: Of<"enableMsix">, nth: number): number => c.entries[nth] ?? nth;

const msixVectors = (state: State, c: Of<"enableMsix">, count: number): Kernel => {
  const table = state.plugged?.fn.table;
  const vectors = Array.from({ length: count }, (_x, nth): Vector => {
    const index = nthEntry(c, nth);
    const found = table?.[ENTRY_WORDS * index + ENTRY_CONTROL] ?? 0;
    return {
      index,
      message: nthMessage(c, nth),
      masked: true,
      control: (found & ~ENTRY_MASKED) >>> 0,
    };
  });
  return { mode: "msix", vectors: vectors.sort((a, b) => a.index - b.index), spareMask: 0 };
};

const change = (kernel: Kernel, index: number, to: Partial<Vector>): Kernel => {
  const at = kernel.vectors.findIndex((v) => v.index === index);
  if (at < 0) return kernel;
  const vectors = kernel.vectors.slice();
  vectors[at] = { ...(vectors[at] as Vector), ...to };
  return { ...kernel, vectors };
};

/** Whether a kernel without mask bits to write has them all unmasked for ever. */
const masks = (config: Config, state: State): boolean =>
  state.kernel.mode === "msix" || canMaskMsi(config, state);

const setMask = (config: Config, state: State, index: number, masked: boolean): Kernel =>
  masks(config, state) ? change(state.kernel, index, { masked }) : state.kernel;

/** `fn` is the function as the command left it. */
export const agree = (
  config: Config,
  state: State,
  command: Command,
  response: Response,
  fn: PciFunction,
): Kernel => {
  const { kernel } = state;
  if (command.kind === "plug") return idle;
  if (response.kind === "enabled") {
    if (command.kind === "enableMsi") return msiVectors(config, state, command, response.count, fn);
    return command.kind === "enableMsix" ? msixVectors(state, command, response.count) : kernel;
  }
  if (response.kind !== "done") return kernel;
  switch (command.kind) {
    case "disable":
      return idle;
    case "mask":
    case "unmask":
      return setMask(config, state, command.index, command.kind === "mask");
    case "overlap": {
      const first = setMask(config, state, command.first, command.firstMask);
      return setMask(config, { ...state, kernel: first }, command.second, command.secondMask);
    }
    case "writeMessage": {
      const { addressLo, addressHi, data } = command;
      const message = { addressLo, addressHi, data };
      if (kernel.mode === "msix") return change(kernel, command.index, { message });
      const vectors = kernel.vectors.map((v) => ({ ...v, message: nthMessage(message, v.index) }));
      return { ...kernel, vectors };
    }
    default:
      return kernel;
  }
};
