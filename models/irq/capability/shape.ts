/** The hardware model's description of a function that is given as register memory. */
import type { CapabilityShape, FunctionShape } from "../../../spec/hardware/shape.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import { readingOf } from "../../../spec/irq/capability/reading.js";
import type { Of } from "../../../spec/irq/capability/vocabulary.js";
import { newFunction } from "../../hardware/pci/index.js";
import { replay } from "./bus.js";
import type { Plugged } from "./state.js";

/**
 * Capabilities that fit behave; every word is then as it was given. What a malformed image says
 * beside them is memory.
 */
const shapeOf = (plug: Of<"plug">): FunctionShape => {
  const { bytes, msi, msix } = readingOf(plug);
  const capabilities: CapabilityShape[] = [];
  if (msi?.fits === true) {
    const { at, is64, maskable, mmc } = msi;
    capabilities.push({ kind: "msi", at, is64, maskable, messages: mmc });
  }
  if (msix?.fits === true) {
    const { fits: _fits, ...places } = msix;
    capabilities.push({ kind: "msix", ...places });
  }
  return {
    requester: 0,
    headerType: bytes[0x0e] as number,
    vendor: 0,
    device: 0,
    extended: plug.extended,
    bars: plug.bars,
    pin: Math.min(bytes[0x3d] as number, 4),
    capabilities,
    patches: plug.words,
  };
};

/** As the kernel finds it: after reset, and after what was written before the kernel came. */
const makeOf = (plug: Of<"plug">): Plugged => {
  const shape = shapeOf(plug);
  const earlier = plug.left.map((left): Access => ({ ...left, write: true, width: 4 }));
  return { plug, shape, fn: replay(shape, newFunction(shape), earlier).fn };
};

const known = new WeakMap<Of<"plug">, Plugged>();

/** Made once a function: a campaign plugs the same one into the system and into the judge. */
export const pluggedOf = (plug: Of<"plug">): Plugged => {
  let plugged = known.get(plug);
  if (plugged === undefined) {
    plugged = makeOf(plug);
    known.set(plug, plugged);
  }
  return plugged;
};
