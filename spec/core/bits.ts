/**
 * Bit layouts as tables. A layout is one list of fields, highest bit first, as a manual prints it;
 * the encoder, the decoder, the check of reserved bits, the generator and the printed table all
 * read that list and nothing else, so they cannot disagree.
 */
import type { Choices } from "./choices.js";

/** [high:low], both ends included, bit 0 the lowest of the whole word. */
export type BitRange = readonly [high: number, low: number];

/**
 * `field`: holds a value. `reserved`: zero, and a violation otherwise. `constant`: one value, and
 * a violation otherwise. `ignored`: written zero, read by nobody.
 */
export type FieldRole = "field" | "reserved" | "constant" | "ignored";

/** `N` is the name of a field that holds a value, `never` for the others. */
export type Field<N extends string = string> = {
  readonly role: FieldRole;
  /** The document's own name. */
  readonly name: string;
  /** Where the bits stand, the value's most significant part first; usually one range. */
  readonly bits: readonly BitRange[];
  /** What a constant field holds. */
  readonly value?: bigint;
  readonly comment: string;
  /** Type-level only: the name, where the field holds a value. */
  readonly holds?: N;
};

export type Width = 32 | 64 | 96 | 128;

export type Layout<N extends string = string> = {
  /** e.g. "Intel IRTE, remapped". */
  readonly name: string;
  /** Document and section that define it. */
  readonly document: string;
  /** Bits of the whole word. */
  readonly width: Width;
  readonly fields: readonly Field<N>[];
};

export type Values<N extends string> = { readonly [K in N]: bigint };
/** Fields that are left out are zero. */
export type SomeValues<N extends string> = { readonly [K in N]?: bigint | number };

/** The field names of a layout. */
export type NamesOf<L> = L extends Layout<infer N> ? N : never;

const ranges = (bits: BitRange | readonly BitRange[]): readonly BitRange[] =>
  typeof bits[0] === "number" ? [bits as BitRange] : (bits as readonly BitRange[]);

export const field = <const N extends string>(
  name: N,
  bits: BitRange | readonly BitRange[],
  comment = "",
): Field<N> => ({ role: "field", name, bits: ranges(bits), comment });

export const reserved = (bits: BitRange, comment = ""): Field<never> => ({
  role: "reserved",
  name: "reserved",
  bits: [bits],
  comment,
});

export const constant = (
  name: string,
  bits: BitRange,
  value: bigint,
  comment = "",
): Field<never> => ({ role: "constant", name, bits: [bits], value, comment });

export const ignored = (name: string, bits: BitRange, comment = ""): Field<never> => ({
  role: "ignored",
  name,
  bits: [bits],
  comment,
});

export const widthOf = (bits: readonly BitRange[]): number =>
  bits.reduce((sum, [high, low]) => sum + high - low + 1, 0);

/** What is wrong with a table: bits beyond the word, in two fields, or in none; a name twice. */
export const flaws = (layout: Layout): readonly string[] => {
  const found: string[] = [];
  const owner = new Map<number, string>();
  const names = new Set<string>();
  let above = Number.POSITIVE_INFINITY;
  for (const f of layout.fields) {
    if (f.role === "field" && names.has(f.name)) found.push(`${f.name} stands twice`);
    names.add(f.name);
    // The list is ordered by the highest bit of each field.
    const top = Math.max(...f.bits.map(([high]) => high));
    if (top > above) found.push(`${f.name} stands below a lower field`);
    above = top;
    for (const [high, low] of f.bits) {
      if (high < low || high >= layout.width || low < 0) found.push(`${f.name} has bad bits`);
      for (let bit = low; bit <= high; bit++) {
        const other = owner.get(bit);
        if (other !== undefined) found.push(`bit ${bit} is in ${other} and in ${f.name}`);
        owner.set(bit, f.name);
      }
    }
    const limit = 1n << BigInt(widthOf(f.bits));
    if ((f.value ?? 0n) >= limit) found.push(`${f.name} has a constant that does not fit`);
  }
  for (let bit = 0; bit < layout.width; bit++) {
    if (!owner.has(bit)) found.push(`bit ${bit} is in no field`);
  }
  return found;
};

/** Makes a layout. A table that contradicts itself is our own mistake, so it throws. */
export const layout = <N extends string>(spec: Layout<N>): Layout<N> => {
  const found = flaws(spec as Layout);
  if (found.length > 0) throw new Error(`layout ${spec.name}: ${found.join("; ")}`);
  return spec;
};

const masks = Array.from({ length: 129 }, (_x, bits) => (1n << BigInt(bits)) - 1n);
const maskOf = (bits: number): bigint => masks[bits] as bigint;

const put = (bits: readonly BitRange[], value: bigint): bigint => {
  let left = BigInt(widthOf(bits));
  let word = 0n;
  for (const [high, low] of bits) {
    const width = high - low + 1;
    left -= BigInt(width);
    word |= ((value >> left) & maskOf(width)) << BigInt(low);
  }
  return word;
};

const take = (bits: readonly BitRange[], word: bigint): bigint => {
  let value = 0n;
  for (const [high, low] of bits) {
    const width = high - low + 1;
    value = (value << BigInt(width)) | ((word >> BigInt(low)) & maskOf(width));
  }
  return value;
};

/** The first value that its field cannot hold, as a sentence; undefined when all fit. */
export const unfit = <N extends string>(
  l: Layout<N>,
  values: SomeValues<N>,
): string | undefined => {
  const given = values as Readonly<Record<string, bigint | number | undefined>>;
  for (const f of l.fields) {
    if (f.role !== "field") continue;
    const value = given[f.name] ?? 0;
    const whole = typeof value === "bigint" || Number.isInteger(value);
    if (!whole || value < 0 || BigInt(value) > maskOf(widthOf(f.bits))) {
      return `${f.name} of ${l.name} holds ${widthOf(f.bits)} bits, not ${String(value)}`;
    }
  }
  for (const name of Object.keys(given)) {
    if (!l.fields.some((f) => f.role === "field" && f.name === name)) {
      return `${l.name} has no field ${name}`;
    }
  }
  return undefined;
};

/** The word that holds these values. Throws RangeError where {@link unfit} finds something. */
export const encode = <N extends string>(l: Layout<N>, values: SomeValues<N>): bigint => {
  const problem = unfit(l, values);
  if (problem !== undefined) throw new RangeError(problem);
  const given = values as Readonly<Record<string, bigint | number | undefined>>;
  let word = 0n;
  for (const f of l.fields) {
    if (f.role === "constant") word |= put(f.bits, f.value ?? 0n);
    else if (f.role === "field") word |= put(f.bits, BigInt(given[f.name] ?? 0));
  }
  return word;
};

/** Every field that holds a value. Total: reserved and constant bits are not looked at. */
export const decode = <N extends string>(l: Layout<N>, word: bigint): Values<N> => {
  const values: Record<string, bigint> = {};
  for (const f of l.fields) if (f.role === "field") values[f.name] = take(f.bits, word);
  return values as Values<N>;
};

const where = (bits: readonly BitRange[]): string =>
  bits.map(([high, low]) => (high === low ? `[${high}]` : `[${high}:${low}]`)).join("");

/** Reserved bits that are set and constants that differ, as sentences; none: the word is sound. */
export const violations = (l: Layout, word: bigint): readonly string[] => {
  const found: string[] = [];
  if (word >> BigInt(l.width) !== 0n) found.push(`more than ${l.width} bits`);
  for (const f of l.fields) {
    if (f.role !== "reserved" && f.role !== "constant") continue;
    const value = take(f.bits, word);
    const right = f.value ?? 0n;
    if (value !== right) {
      found.push(
        `${f.name} ${where(f.bits)} is 0x${value.toString(16)}, not 0x${right.toString(16)}`,
      );
    }
  }
  return found;
};

/** Values that fit, the ends of each field's range drawn often. */
export const generate = <N extends string>(l: Layout<N>, choices: Choices): Values<N> => {
  const values: Record<string, bigint> = {};
  for (const f of l.fields) {
    if (f.role !== "field") continue;
    const width = widthOf(f.bits);
    const shape = choices.below(6);
    if (shape === 0) values[f.name] = 0n;
    else if (shape === 1) values[f.name] = maskOf(width);
    else if (shape === 2) values[f.name] = 1n << BigInt(choices.below(width));
    else {
      let value = 0n;
      for (let done = 0; done < width; done += 16) {
        value = (value << 16n) | BigInt(choices.below(0x10000));
      }
      values[f.name] = value & maskOf(width);
    }
  }
  return values as Values<N>;
};

const shownRole = (f: Field): string =>
  f.role === "constant" ? `= 0x${(f.value ?? 0n).toString(16)}` : f.role === "ignored" ? "-" : "";

/** The table as text, one field a line, highest bit first; with a word, its values beside them. */
export const table = (l: Layout, word?: bigint): string => {
  const rows = l.fields.map((f) => {
    const value = word === undefined ? shownRole(f) : `0x${take(f.bits, word).toString(16)}`;
    return [where(f.bits), f.name, value, f.comment] as const;
  });
  const size = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length));
  const [bits, name, value] = [size(0), size(1), size(2)];
  const line = (row: readonly [string, string, string, string]): string =>
    `  ${row[0].padEnd(bits)}  ${row[1].padEnd(name)}  ${row[2].padEnd(value)}  ${row[3]}`;
  const lines = rows.map((row) => line(row).trimEnd());
  return [`${l.name} (${l.width} bits; ${l.document})`, ...lines].join("\n");
};

/** A word as 32-bit numbers, the lowest first: what hot paths use instead of `bigint`. */
export type Words = readonly number[];

export const toWords = (l: Layout, word: bigint): Words =>
  Array.from({ length: l.width / 32 }, (_x, i) => Number((word >> BigInt(32 * i)) & 0xffffffffn));

export const fromWords = (words: Words): bigint =>
  words.reduceRight((word, w) => (word << 32n) | BigInt(w >>> 0), 0n);

/** A part of a field inside one 32-bit word. */
type Piece = {
  readonly word: number;
  readonly shift: number;
  /** Unshifted, as many ones as the piece has bits. */
  readonly mask: number;
  /** 2 to the number of value bits below this piece. */
  readonly scale: number;
};

/** The same layout on 32-bit numbers, without `bigint`. Fields of more than 53 bits are refused. */
export interface Compiled<N extends string> {
  readonly layout: Layout<N>;
  /** Length of an encoded word. */
  readonly length: number;
  /** Values are not checked for size: bits beyond a field are dropped. */
  readonly encode: (values: { readonly [K in N]?: number }) => Words;
  readonly get: (words: Words, name: N) => number;
  /** A reader of one field; cheaper than `get` by name. */
  readonly reader: (name: N) => (words: Words) => number;
  /** No reserved bit set, every constant right. */
  readonly sound: (words: Words) => boolean;
}

const piecesOf = (bits: readonly BitRange[]): readonly Piece[] => {
  const pieces: Piece[] = [];
  let below = widthOf(bits);
  for (const [high, low] of bits) {
    below -= high - low + 1;
    for (let at = low; at <= high; ) {
      const word = at >>> 5;
      const end = Math.min(high, word * 32 + 31);
      const width = end - at + 1;
      const mask = width === 32 ? 0xffffffff : 2 ** width - 1;
      pieces.push({ word, shift: at & 31, mask, scale: 2 ** (below + at - low) });
      at = end + 1;
    }
  }
  return pieces;
};

const readPieces = (pieces: readonly Piece[], words: Words): number => {
  let value = 0;
  for (let i = 0; i < pieces.length; i++) {
    const p = pieces[i] as Piece;
    value += ((((words[p.word] as number) >>> p.shift) & p.mask) >>> 0) * p.scale;
  }
  return value;
};

export const compile = <N extends string>(l: Layout<N>): Compiled<N> => {
  const length = l.width / 32;
  const fields = l.fields.filter((f) => f.role === "field");
  const wide = fields.find((f) => widthOf(f.bits) > 53);
  if (wide !== undefined) throw new Error(`${wide.name} of ${l.name} is too wide to compile`);
  const names = fields.map((f) => f.name);
  const pieces = fields.map((f) => piecesOf(f.bits));
  const base = toWords(l, encode(l, {}));
  // Reserved and constant bits, to be compared with `base`.
  const fixed = toWords(
    l,
    l.fields
      .filter((f) => f.role === "reserved" || f.role === "constant")
      .reduce((word, f) => word | put(f.bits, maskOf(widthOf(f.bits))), 0n),
  );
  const reader = (name: N) => {
    const own = pieces[names.indexOf(name)];
    if (own === undefined) throw new Error(`${l.name} has no field ${name}`);
    return (words: Words): number => readPieces(own, words);
  };
  const readers = new Map(names.map((name) => [name, reader(name as N)]));
  return {
    layout: l,
    length,
    encode: (values) => {
      const words = base.slice();
      for (let i = 0; i < names.length; i++) {
        const value = (values as Readonly<Record<string, number>>)[names[i] as string];
        if (value === undefined || value === 0) continue;
        const own = pieces[i] as readonly Piece[];
        for (let k = 0; k < own.length; k++) {
          const p = own[k] as Piece;
          const part = p.scale === 1 ? value : Math.floor(value / p.scale);
          words[p.word] = ((words[p.word] as number) | ((part & p.mask) << p.shift)) >>> 0;
        }
      }
      return words;
    },
    get: (words, name) => (readers.get(name) as (words: Words) => number)(words),
    reader,
    sound: (words) => {
      for (let w = 0; w < length; w++) {
        if ((((words[w] as number) ^ (base[w] as number)) & (fixed[w] as number)) !== 0) {
          return false;
        }
      }
      return true;
    },
  };
};
