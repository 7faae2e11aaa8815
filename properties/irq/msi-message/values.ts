/** Values worth drawing: the ends of fields, and what lies just beyond them. */
import { encode, generate } from "../../../spec/core/bits.js";
import type { Choices } from "../../../spec/core/choices.js";
import {
  amdGaRemap,
  amdIrte32,
  dteInterrupt,
  intelRemapped,
} from "../../../spec/irq/msi-message/layout.js";
import type { Alias, Command, Config } from "../../../spec/irq/msi-message/vocabulary.js";

/** The destinations at which fields end. */
export const DESTINATIONS = [0, 1, 0xfe, 0xff, 0x100, 0x103, 0x7fff, 0x8000, 0x12345678] as const;

export const LOW64 = (1n << 64n) - 1n;

export const pick = <V>(choices: Choices, list: readonly V[]): V =>
  list[choices.below(list.length)] as V;

export const word32 = (choices: Choices): number =>
  choices.below(0x10000) * 0x10000 + choices.below(0x10000);

export const drawVector = (choices: Choices): number => {
  const shape = choices.below(16);
  if (shape === 0) return choices.below(0x10);
  if (shape === 1) return 0xef;
  if (shape === 2) return choices.below(255);
  return 0x20 + choices.below(0xeb - 0x20);
};

export const drawDest = (choices: Choices): number =>
  choices.below(4) === 0 ? choices.below(0x200) : pick(choices, DESTINATIONS);

export const drawAddress = (
  choices: Choices,
  config: Config,
): { addressLo: number; addressHi: number } => {
  const shape = choices.below(8);
  const mode = choices.below(2) * 4;
  const addressHi = choices.below(6) === 0 ? pick(choices, [1, 0x100, 0xffffff00]) : 0;
  if (shape === 0) return { addressLo: word32(choices), addressHi };
  const window = shape === 1 ? 0xfef00000 : 0xfee00000;
  const hint = choices.below(8) === 0 ? 8 : 0;
  const low = choices.below(12) === 0 ? choices.below(4) : 0;
  if (config.remapping === "intel" && shape > 3) {
    const handle = choices.below(0x8000) * 32 + mode;
    return { addressLo: 0xfee00010 + handle + (hint ^ 8), addressHi };
  }
  const middle = choices.below(4) === 0 ? choices.below(0x80) * 32 : 0;
  const format = choices.below(12) === 0 ? 16 : 0;
  const dest = config.remapping === "amd" ? 0 : choices.below(256) * 0x1000;
  return { addressLo: window + dest + middle + format + hint + mode + low, addressHi };
};

export const drawAliases = (choices: Choices, requester: number): readonly Alias[] => {
  const bus = requester >>> 8;
  const own = (devfn: number): Alias => ({ alias: (bus << 8) | devfn, reporter: requester });
  const aliases: Alias[] = [];
  if (choices.below(3) === 0) aliases.push(own(choices.below(256)));
  if (choices.below(6) === 0) aliases.push(own(choices.below(256)));
  if (bus === 0 || choices.below(2) === 0) return aliases;
  const upper = choices.below(bus) << 8;
  const bridge = upper | choices.below(256);
  // A PCIe-to-PCI bridge takes the first id of its secondary bus, a conventional one its own.
  const alias = choices.below(2) === 0 ? bus << 8 : bridge;
  aliases.push({ alias, reporter: bridge });
  return aliases;
};

export const drawIrteWord = (choices: Choices, config: Config): bigint => {
  const sound = choices.below(8) > 0;
  if (config.remapping === "intel") {
    const word = encode(intelRemapped, generate(intelRemapped, choices));
    return sound ? word : word | (1n << BigInt(choices.below(128)));
  }
  return config.ga
    ? encode(amdGaRemap, generate(amdGaRemap, choices))
    : encode(amdIrte32, generate(amdIrte32, choices));
};

export const drawIrte = (choices: Choices): Command => ({
  kind: "encodeIrte",
  dest: drawDest(choices),
  vector: drawVector(choices),
  logical: choices.below(2) === 0,
  sid: choices.below(0x10000),
  sq: choices.below(4),
  svt: choices.below(3),
});

export const drawDte = (choices: Choices): Command => ({
  kind: "encodeDte",
  before: encode(dteInterrupt, generate(dteInterrupt, choices)),
  table: BigInt(choices.below(0x10000)) << BigInt(7 + choices.below(29)),
});
