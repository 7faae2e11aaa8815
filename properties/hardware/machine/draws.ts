/** What every part of the generator draws with. */
import type { Choices } from "../../../spec/core/choices.js";
import type { Command, Config, View } from "../../../spec/hardware/machine/vocabulary.js";
import type { Drawing } from "../../subsystem.js";

export type D = Drawing<Config, View>;
export type Write = Extract<Command, { kind: "write" }>;
export type Read = Extract<Command, { kind: "read" }>;

export const pick = <A>(choices: Choices, list: readonly A[]): A =>
  list[choices.below(list.length)] as A;

/** One time in `n`. */
export const seldom = (choices: Choices, n: number): boolean => choices.below(n) === 0;

export const word32 = (choices: Choices): number =>
  choices.below(0x10000) * 0x10000 + choices.below(0x10000);

/** Few vectors, so that they meet again: of one class, of neighbours, at the edges. */
const VECTORS = [0x21, 0x31, 0x41, 0x42, 0x4f, 0x51, 0xa0, 0xef, 0xfe] as const;

export const drawVector = (choices: Choices): number =>
  seldom(choices, 24)
    ? choices.below(256)
    : seldom(choices, 24)
      ? pick(choices, [0x0f, 0x10, 0x1f, 0xff])
      : pick(choices, VECTORS);

/** An APIC id of the machine, seldom another one. */
export const drawDest = (choices: Choices, config: Config): number =>
  seldom(choices, 16) ? pick(choices, [0xff, 0xfe, 0x77, 0x105]) : pick(choices, config.apicIds);

/** Of the functions, the first ones more often. */
export const drawFunction = (choices: Choices, config: Config): number => {
  const n = config.functions.length;
  return seldom(choices, 3) ? choices.below(n) : choices.below(Math.min(n, 2));
};

export const write = (
  space: Write["space"],
  unit: number,
  offset: number,
  width: 1 | 2 | 4,
  value: number,
  bar = 0,
): Write => ({ kind: "write", space, unit, bar, offset, width, value: value >>> 0 });

export const read = (
  space: Read["space"],
  unit: number,
  offset: number,
  width: 1 | 2 | 4,
  bar = 0,
): Read => ({ kind: "read", space, unit, bar, offset, width });
