/** Reads and writes of the machine's registers, each space by the part that holds it. */
import type { Command, Config } from "../../../spec/hardware/machine/vocabulary.js";
import { readWord, writeWord } from "../memory.js";
import * as pci from "../pci/index.js";
import * as remapping from "../remapping/index.js";
import { afterUnit, deliverAll } from "./path.js";
import { type Machine, withFunction } from "./state.js";

export type Read = Extract<Command, { kind: "read" }>;
export type Write = Extract<Command, { kind: "write" }>;

/** All lines high: what a read answers where nobody is. */
const NOBODY = 0xffffffff;
const ones = (width: number): number => (width >= 4 ? NOBODY : 2 ** (8 * width) - 1);

/** `width` bytes of a word of RAM that do not cross it. */
const readRam = (config: Config, m: Machine, offset: number, width: number): number => {
  if (offset + width > config.ram) return ones(width);
  const word = readWord(m.memory, (offset & ~3) >>> 0);
  return width >= 4 ? word >>> 0 : (word >>> (8 * (offset & 3))) & ones(width);
};

const writeRam = (config: Config, m: Machine, c: Write): Machine => {
  if (c.offset + c.width > config.ram) return m;
  const at = (c.offset & ~3) >>> 0;
  const shift = 8 * (c.offset & 3);
  const lanes = (ones(c.width) << shift) >>> 0;
  const word = ((readWord(m.memory, at) & ~lanes) | ((c.value << shift) & lanes)) >>> 0;
  const memory = writeWord(m.memory, at, word);
  return memory === m.memory ? m : { ...m, memory };
};

/** Whether an access is aligned to its width. */
const aligned = (c: Read | Write): boolean => c.offset % c.width === 0;

/** What a read gives; undefined for an access that no bus carries. */
export const readAt = (config: Config, m: Machine, c: Read): number | undefined => {
  if (!aligned(c)) return undefined;
  const { width, offset } = c;
  switch (c.space) {
    case "config":
    case "bar": {
      const shape = config.functions[c.unit];
      const fn = m.functions[c.unit];
      if (shape === undefined || fn === undefined) return ones(width);
      return c.space === "config"
        ? pci.readConfig(shape, fn, offset, width)
        : pci.readBar(shape, fn, c.bar, offset, width);
    }
    case "remapping":
      return m.unit === undefined ? ones(width) : remapping.readRegister(m.unit, offset, width);
    case "memory":
      return readRam(config, m, offset, width);
  }
};

const writeFunction = (config: Config, m: Machine, c: Write): Machine => {
  const shape = config.functions[c.unit];
  const fn = m.functions[c.unit];
  if (shape === undefined || fn === undefined) return m;
  const reaction =
    c.space === "config"
      ? pci.writeConfig(shape, fn, c.offset, c.width, c.value)
      : pci.writeBar(shape, fn, c.bar, c.offset, c.width, c.value);
  return deliverAll(config, withFunction(m, c.unit, reaction.fn), c.unit, reaction.sent);
};

const writeUnit = (config: Config, m: Machine, c: Write): Machine => {
  if (m.unit === undefined) return m;
  const { offset, width, value } = c;
  return afterUnit(config, m, remapping.writeRegister(m.unit, m.memory, offset, width, value));
};

/** The machine after a write; undefined for an access that no bus carries. */
export const writeAt = (config: Config, m: Machine, c: Write): Machine | undefined => {
  if (!aligned(c)) return undefined;
  if (c.space === "memory") return writeRam(config, m, c);
  return c.space === "remapping" ? writeUnit(config, m, c) : writeFunction(config, m, c);
};
