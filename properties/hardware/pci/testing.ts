/** What the tests of PCI functions share: a function that is driven by hand. */
import * as pci from "../../../models/hardware/pci/index.js";
import { CONTROL, ENTRY_CONTROL, msiOffsets } from "../../../spec/hardware/pci/capabilities.js";
import { FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";

/** A shape after a round trip through JSON. */
export const throughJson = (shape: FunctionShape): unknown => {
  const json: unknown = JSON.parse(JSON.stringify(FunctionShape.encode(shape)));
  const result = FunctionShape.decode(json);
  return "right" in result ? result.right : undefined;
};

/** A function with its state, and everything that it sent. */
export class Hand {
  fn: pci.PciFunction;
  readonly sent: Message[] = [];
  constructor(readonly shape: FunctionShape) {
    this.fn = pci.newFunction(shape);
  }

  #took(r: pci.Reaction): readonly Message[] {
    this.fn = r.fn;
    this.sent.push(...r.sent);
    return r.sent;
  }

  config(offset: number, width: 1 | 2 | 4): number {
    return pci.readConfig(this.shape, this.fn, offset, width);
  }
  setConfig(offset: number, width: 1 | 2 | 4, value: number): readonly Message[] {
    return this.#took(pci.writeConfig(this.shape, this.fn, offset, width, value >>> 0));
  }
  bar(bar: number, offset: number, width: 1 | 2 | 4 = 4): number {
    return pci.readBar(this.shape, this.fn, bar, offset, width);
  }
  setBar(bar: number, offset: number, value: number, width: 1 | 2 | 4 = 4): readonly Message[] {
    return this.#took(pci.writeBar(this.shape, this.fn, bar, offset, width, value >>> 0));
  }
  event(vector: number): readonly Message[] {
    return this.#took(pci.raise(this.shape, this.fn, vector));
  }
  serve(vector: number): void {
    this.fn = pci.satisfy(this.shape, this.fn, vector);
  }
  power(on: boolean): void {
    this.fn = pci.power(this.shape, this.fn, on);
  }

  /** Registers of the MSI capability, by name. */
  get msi() {
    const msi = msiOf(this.shape);
    if (msi === undefined) throw new Error("no MSI capability");
    const at = msiOffsets(msi.is64, msi.maskable);
    return {
      control: msi.at + CONTROL,
      address: msi.at + at.address,
      addressHigh: msi.at + at.addressHigh,
      data: msi.at + at.data,
      mask: msi.at + at.mask,
      pending: msi.at + at.pending,
    };
  }
  /** Message Control of MSI-X, and the writes of its table. */
  get msixControl(): number {
    const msix = msixOf(this.shape);
    if (msix === undefined) throw new Error("no MSI-X capability");
    return msix.at + CONTROL;
  }
  entry(i: number, word: number): number {
    const msix = msixOf(this.shape);
    return this.bar(msix?.tableBar ?? 0, (msix?.tableOffset ?? 0) + 16 * i + 4 * word);
  }
  setEntry(i: number, word: number, value: number): readonly Message[] {
    const msix = msixOf(this.shape);
    const at = (msix?.tableOffset ?? 0) + 16 * i + 4 * word;
    return this.setBar(msix?.tableBar ?? 0, at, value);
  }
  program(i: number, message: Message): void {
    this.setEntry(i, 0, message.addressLo);
    this.setEntry(i, 1, message.addressHi);
    this.setEntry(i, 2, message.data);
  }
  mask(i: number, on: boolean): readonly Message[] {
    return this.setEntry(i, ENTRY_CONTROL, on ? 1 : 0);
  }
  /** The 32-bit word of the Pending Bit Array that holds entry `i`. */
  pendingWord(i: number): number {
    const msix = msixOf(this.shape);
    return this.bar(msix?.pbaBar ?? 0, (msix?.pbaOffset ?? 0) + 4 * (i >>> 5));
  }
}
