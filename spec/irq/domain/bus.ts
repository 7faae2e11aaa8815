/** Register writes as numbers, and what they mean: six numbers a write. */

export type Space = "config" | "bar" | "apic" | "remapping" | "memory";

/** Numbers of one write: space, unit, BAR, offset, width in bytes, value. */
export const WRITE_NUMBERS = 6;

/** Place in this list is the number on the wire. */
export const spaces: readonly Space[] = ["config", "bar", "apic", "remapping", "memory"];

export type BusWrite = {
  readonly space: Space;
  /** Function, or the CPU whose own local APIC it is (offset of the xAPIC page); 0 elsewhere. */
  readonly unit: number;
  readonly bar: number;
  readonly offset: number;
  readonly width: 1 | 2 | 4;
  readonly value: number;
};

const isWidth = (n: number | undefined): n is 1 | 2 | 4 => n === 1 || n === 2 || n === 4;

/** The writes of an answer; what is no write, at the end or in between, is left out. */
export const readBus = (bus: readonly number[]): readonly BusWrite[] => {
  const writes: BusWrite[] = [];
  for (let i = 0; i + WRITE_NUMBERS <= bus.length; i += WRITE_NUMBERS) {
    const space = spaces[bus[i] as number];
    const width = bus[i + 4];
    if (space === undefined || !isWidth(width)) continue;
    writes.push({
      space,
      unit: bus[i + 1] as number,
      bar: bus[i + 2] as number,
      offset: bus[i + 3] as number,
      width,
      value: bus[i + 5] as number,
    });
  }
  return writes;
};

export const busOf = (writes: readonly BusWrite[]): readonly number[] => {
  const bus: number[] = [];
  for (const w of writes) {
    bus.push(spaces.indexOf(w.space), w.unit, w.bar, w.offset, w.width, w.value >>> 0);
  }
  return bus;
};

export const writeText = (w: BusWrite): string =>
  `${w.space}${w.unit}${w.space === "bar" ? `.${w.bar}` : ""}` +
  `+0x${w.offset.toString(16)}:${8 * w.width}=0x${w.value.toString(16)}`;
