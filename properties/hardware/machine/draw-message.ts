/** Messages worth sending: to CPUs, through table entries, to memory, and seldom nonsense. */
import type { Choices } from "../../../spec/core/choices.js";
import type { Config } from "../../../spec/hardware/machine/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { drawDest, drawVector, pick, seldom, word32 } from "./draws.js";
import { DMA_PAGE } from "./places.js";

/** Table entries that the generator uses, few enough to meet again. */
export const USED_ENTRIES = 4;

const compatibility = (choices: Choices, config: Config): Message => {
  const logical = seldom(choices, 6) ? 4 : 0;
  const hint = seldom(choices, 16) ? 8 : 0;
  const dest = logical === 0 ? drawDest(choices, config) : pick(choices, [1, 2, 3, 0x11, 0x21]);
  // Lowest priority tells its members apart where a logical destination names several.
  const lowest = logical !== 0 && seldom(choices, 4) ? 0x100 : 0;
  const mode = seldom(choices, 24) ? pick(choices, [0x100, 0x200, 0x400, 0x500, 0x700]) : lowest;
  const trigger = seldom(choices, 12) ? 0xc000 : 0;
  return {
    addressLo: (0xfee00000 | ((dest & 0xff) << 12) | logical | hint) >>> 0,
    addressHi: 0,
    data: drawVector(choices) | mode | trigger,
  };
};

/** VT-d remappable format: handle in [19:5] and bit 2, SHV bit 3. */
const remappable = (choices: Choices): Message => {
  const index = seldom(choices, 20) ? choices.below(0x4000) : choices.below(USED_ENTRIES);
  const subhandle = seldom(choices, 3) && index > 0 ? 1 : 0;
  const handle = index - subhandle;
  const shv = subhandle === 1 || seldom(choices, 2) ? 8 : 0;
  const data = shv === 0 ? (seldom(choices, 24) ? 1 : 0) : subhandle;
  const top = (handle & 0x8000) >>> 13;
  return {
    addressLo: (0xfee00010 | ((handle & 0x7fff) << 5) | shv | top) >>> 0,
    addressHi: 0,
    data: seldom(choices, 32) ? word32(choices) : data,
  };
};

const dma = (choices: Choices): Message => ({
  addressLo: DMA_PAGE + 4 * choices.below(8),
  addressHi: 0,
  data: choices.below(0x10000),
});

export const drawMessage = (choices: Choices, config: Config): Message => {
  if (seldom(choices, 24)) return dma(choices);
  switch (config.remapping.kind) {
    case "none":
      return compatibility(choices, config);
    case "intel":
      return seldom(choices, 5) ? compatibility(choices, config) : remappable(choices);
    case "amd": {
      if (seldom(choices, 8)) return compatibility(choices, config);
      const index = seldom(choices, 24) ? choices.below(2048) : choices.below(USED_ENTRIES);
      if (!seldom(choices, 8)) return { addressLo: 0xfee00000, addressHi: 0, data: index };
      // DM: all of [10:0] is the index, here often 512 or more.
      return { addressLo: 0xfee00004, addressHi: 0, data: index + 512 * choices.below(3) };
    }
  }
};
