/**
 * Enough of an x86 assembler for the witness's ROM: bytes, labels, and the few instructions that
 * stand there. Encodings after the SDM, volume 2. Code is position dependent: `base` is the linear
 * address of offset 0.
 */
type Fixup = {
  readonly at: number;
  readonly label: string;
  /** Bytes of a relative displacement, or an absolute address of four. */
  readonly size: 1 | 2 | 4;
  readonly absolute: boolean;
};

export class Assembler {
  readonly base: number;
  readonly #bytes: Uint8Array;
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];
  #at = 0;

  constructor(size: number, base: number) {
    // What is never reached stops a CPU that gets there: HLT.
    this.#bytes = new Uint8Array(size).fill(0xf4);
    this.base = base;
  }

  /** Goes on at this offset. */
  org(offset: number): this {
    this.#at = offset;
    return this;
  }

  label(name: string): this {
    this.#labels.set(name, this.#at);
    return this;
  }

  /** Linear address of a label that has been passed. */
  address(name: string): number {
    const offset = this.#labels.get(name);
    if (offset === undefined) throw new Error(`no label ${name}`);
    return this.base + offset;
  }

  bytes(...values: readonly number[]): this {
    for (const value of values) this.#bytes[this.#at++] = value;
    return this;
  }

  word16(value: number): this {
    return this.bytes(value & 0xff, (value >>> 8) & 0xff);
  }

  word32(value: number): this {
    return this.word16(value & 0xffff).word16(value >>> 16);
  }

  /** The absolute address of a label, four bytes. */
  pointer(label: string): this {
    return this.#reference(label, 4, true);
  }

  /** A relative displacement of one, two or four bytes behind an opcode. */
  relative(label: string, size: 1 | 2 | 4): this {
    return this.#reference(label, size, false);
  }

  #reference(label: string, size: 1 | 2 | 4, absolute: boolean): this {
    this.#fixups.push({ at: this.#at, label, size, absolute });
    this.#at += size;
    return this;
  }

  /** The image with every reference filled in. */
  finish(): Uint8Array {
    for (const { at, label, size, absolute } of this.#fixups) {
      const target = this.address(label);
      const value = absolute ? target : target - (this.base + at + size);
      if (!absolute && size === 1 && (value < -128 || value > 127)) {
        throw new Error(`${label} is out of reach`);
      }
      for (let i = 0; i < size; i++) this.#bytes[at + i] = Math.floor(value / 2 ** (8 * i)) & 0xff;
    }
    return this.#bytes;
  }
}
