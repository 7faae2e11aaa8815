/** What a log of accesses amounts to: one pass over it answers the questions of the clauses. */
import {
  CONTROL,
  ENTRY_ADDRESS,
  ENTRY_ADDRESS_HIGH,
  ENTRY_CONTROL,
  ENTRY_DATA,
  ENTRY_MASKED,
  MSI_ENABLE,
  MSI_MME,
  MSIX_ENABLE,
  MSIX_FUNCTION_MASK,
} from "../../hardware/pci/capabilities.js";
import type { Message } from "../msi-message/vocabulary.js";
import type { Access } from "./access.js";
import { maskBits, type Reading } from "./reading.js";
import { Registers } from "./registers.js";
import type { Hardware, Vector } from "./vocabulary.js";

/** MSI registers at the moment when Enable rose. */
export type Rise = { readonly message: Message; readonly mme: number; readonly mask: number };

export class Digest {
  /** Writes of any kind. */
  writes = 0;
  /** Writes into a BAR, and whether one of them missed the table. */
  barWrites = 0;
  astray = false;
  /** A register holds something else than before. */
  changed = false;
  /** MSI Enable rose, with this in the other registers. */
  msiRise: Rise | undefined = undefined;
  /** MSI-X Enable rose, with this in the control register. */
  msixRise: number | undefined = undefined;
  /** Both were set at some point. */
  both = false;
  /** MSI control bits besides MME and Enable were written with other values. */
  controlClobbered = false;
  /** Writes to the MSI mask register, and whether one changes bits of no message. */
  maskWrites = 0;
  maskBeyond = false;
  /** Where the mask register would stand, on a function that has none, was written. */
  maskOfNone = false;
  /** Since Enable was set here: an entry could fire with a message that is not its own. */
  stale = false;
  /** Address or data of an entry that could fire were written. */
  torn = false;
  /** A message, or a mask bit set, that no later read of the table pushes. */
  messageUnflushed = false;
  maskUnflushed = false;
  /** Vector control bits [31:1] other than at setup were written to an entry in use. */
  tagsClobbered = false;
  /** A table write came after the entries were first free to fire. */
  writtenLive = false;
}

class Reader {
  readonly #reading: Reading;
  readonly #vectors: ReadonlyMap<number, Vector>;
  readonly #registers: Registers;
  readonly #d = new Digest();
  #live: boolean;
  #armed = false;

  constructor(reading: Reading, base: Hardware, vectors: readonly Vector[]) {
    this.#reading = reading;
    this.#vectors = new Map(vectors.map((v) => [v.index, v]));
    this.#registers = new Registers(reading, base);
    this.#live = this.#isLive();
  }

  read(bus: readonly Access[]): Digest {
    for (const access of bus) {
      if (access.write) this.#write(access);
      else if (this.#registers.tableWord(access) >= 0) {
        this.#d.messageUnflushed = false;
        this.#d.maskUnflushed = false;
      }
    }
    this.#d.changed = this.#registers.changed;
    return this.#d;
  }

  /** MSI-X Enable set and Function Mask clear. */
  #isLive(): boolean {
    const { msix } = this.#reading;
    if (msix === undefined) return false;
    const bits = MSIX_ENABLE | MSIX_FUNCTION_MASK;
    return (this.#registers.half(msix.at + CONTROL) & bits) === MSIX_ENABLE;
  }

  #write(access: Access): void {
    this.#d.writes++;
    if (access.space === "config") this.#config(access);
    else this.#table(access);
  }

  #config(access: Access): void {
    const { msi, msix } = this.#reading;
    const msiWas = msi !== undefined && (this.#registers.half(msi.at + CONTROL) & MSI_ENABLE) !== 0;
    const was = msix === undefined ? 0 : this.#registers.half(msix.at + CONTROL);
    if (msi !== undefined) this.#beforeMsi(access);
    this.#registers.write(access);
    const msiOn = msi !== undefined && (this.#registers.half(msi.at + CONTROL) & MSI_ENABLE) !== 0;
    if (msiOn && !msiWas && this.#d.msiRise === undefined) this.#d.msiRise = this.#msiNow();
    if (msix === undefined) return;
    const control = this.#registers.half(msix.at + CONTROL);
    const on = (control & MSIX_ENABLE) !== 0;
    this.#d.both ||= on && msiOn;
    if (on && (was & MSIX_ENABLE) === 0) {
      this.#d.msixRise ??= control;
      this.#armed = true;
    }
    const live = this.#isLive();
    if (live && !this.#live && this.#armed) this.#d.stale ||= !this.#allOwn(msix.entries);
    this.#live = live;
  }

  /** What a write means for the MSI capability, asked before it is made. */
  #beforeMsi({ offset, width, value }: Access): void {
    const { msi, msix } = this.#reading;
    if (msi === undefined) return;
    const place = msi.at + msi.offsets.data + 4;
    const bits = maskBits(msi);
    let masked = false;
    for (let i = 0; i < width; i++) {
      const at = offset + i;
      const other = ((value >>> (8 * i)) & 0xff) ^ this.#registers.byte(at);
      if (at === msi.at + CONTROL) {
        this.#d.controlClobbered ||= (other & ~(MSI_MME | MSI_ENABLE)) !== 0;
      } else if (at === msi.at + CONTROL + 1) this.#d.controlClobbered ||= other !== 0;
      if (at < place || at >= place + 4) continue;
      if (msi.maskable) {
        masked = true;
        this.#d.maskBeyond ||= (other & ~(bits >>> (8 * (at - place)))) !== 0;
      } else if (msix === undefined || at < msix.at || at >= msix.at + 12) {
        this.#d.maskOfNone = true;
      }
    }
    if (masked) this.#d.maskWrites++;
  }

  #msiNow(): Rise | undefined {
    const { msi } = this.#reading;
    if (msi === undefined) return undefined;
    const { at, offsets } = msi;
    const word = (offset: number): number => (offset < 0 ? 0 : this.#registers.word(at + offset));
    return {
      message: {
        addressLo: word(offsets.address),
        addressHi: word(offsets.addressHigh),
        data: this.#registers.half(at + offsets.data),
      },
      mme: (this.#registers.half(at + CONTROL) >>> 4) & 7,
      mask: word(offsets.mask),
    };
  }

  #table(access: Access): void {
    this.#d.barWrites++;
    const word = this.#registers.tableWord(access);
    if (word < 0) {
      this.#d.astray = true;
      return;
    }
    const index = word >>> 2;
    const which = word & 3;
    const fires = this.#live && (this.#registers.entry(index, ENTRY_CONTROL) & ENTRY_MASKED) === 0;
    this.#d.writtenLive ||= this.#armed && this.#live;
    if (which === ENTRY_CONTROL) this.#control(access.value, index);
    else {
      this.#d.torn ||= fires;
      this.#d.messageUnflushed = true;
    }
    this.#registers.write(access);
    if (this.#live && this.#armed) this.#d.stale ||= !this.#own(index);
  }

  #control(value: number, index: number): void {
    if ((value & ENTRY_MASKED) !== 0) this.#d.maskUnflushed = true;
    const tags = (value & ~ENTRY_MASKED) >>> 0;
    this.#d.tagsClobbered ||= tags !== (this.#vectors.get(index)?.control ?? tags);
  }

  /** The entry is masked, or holds the message of its interrupt. */
  #own(index: number): boolean {
    const registers = this.#registers;
    if ((registers.entry(index, ENTRY_CONTROL) & ENTRY_MASKED) !== 0) return true;
    const message = this.#vectors.get(index)?.message;
    return (
      message !== undefined &&
      registers.entry(index, ENTRY_ADDRESS) === message.addressLo &&
      registers.entry(index, ENTRY_ADDRESS_HIGH) === message.addressHi &&
      registers.entry(index, ENTRY_DATA) === message.data
    );
  }

  #allOwn(entries: number): boolean {
    for (let i = 0; i < entries; i++) if (!this.#own(i)) return false;
    return true;
  }
}

/** `vectors` are the interrupts whose messages the entries ought to hold. */
export const digestOf = (
  reading: Reading,
  base: Hardware,
  vectors: readonly Vector[],
  bus: readonly Access[],
): Digest => new Reader(reading, base, vectors).read(bus);
