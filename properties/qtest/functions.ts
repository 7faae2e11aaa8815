/** The PCI functions of the machine: firmware's work, BARs wherever they stand, events. */
import { imageOf } from "../../models/hardware/pci/index.js";
import {
  MSI_ENABLE,
  MSIX_ENABLE,
  pbaBytes,
  tableBytes,
} from "../../spec/hardware/pci/capabilities.js";
import { COMMAND, FIRST_BAR, isMemory, MEMORY_DECODE } from "../../spec/hardware/pci/header.js";
import { type FunctionShape, msiOf, msixOf } from "../../spec/hardware/shape.js";
import type { Device, Events, Ground } from "./device.js";
import { Refused } from "./layout.js";
import type { PciAccess } from "./pci-access.js";
import type { QtestClient } from "./qtest-client.js";
import type { SharedRam } from "./shared-ram.js";

const BAR_FLAGS = 0xf;
/** Registers that decide where BARs answer: the command register and the BARs. */
const ROUTING_END = 0x28;

export class PciFunctionDriver {
  readonly shape: FunctionShape;
  readonly #name: string;
  readonly #device: Device;
  readonly #pci: PciAccess;
  readonly #qtest: QtestClient;
  readonly #ram: SharedRam;
  readonly #scratch: number;
  #events: Events | undefined;
  /** Where the BARs answer is not as firmware left it any more. */
  #moved = false;

  constructor(
    name: string,
    shape: FunctionShape,
    device: Device,
    scratch: number,
    pci: PciAccess,
    { qtest, ram }: { readonly qtest: QtestClient; readonly ram: SharedRam },
  ) {
    this.shape = shape;
    this.#name = name;
    this.#device = device;
    this.#scratch = scratch;
    this.#pci = pci;
    this.#qtest = qtest;
    this.#ram = ram;
  }

  /** Assigns BARs and switches the function on, as firmware does; then its device is prepared. */
  async start(): Promise<void> {
    this.#moved = false;
    const { requester } = this.shape;
    const image = imageOf(this.shape);
    // The command register last: what it decodes has to have its address by then.
    const words = [
      ...image.filter((w) => w.offset !== COMMAND),
      ...image.filter((w) => w.offset === COMMAND),
    ];
    const live = await this.#pci.readAll(requester);
    for (const { offset, value, writable } of words) {
      if (writable !== 0 && live.readUInt32LE(offset) !== value) {
        this.#pci.write(requester, offset, 4, value);
      }
    }
    await this.#agree();
    this.#events = await this.#device.prepare?.(this.#ground());
  }

  /** The function is the one of the configuration, word for word. Throws {@link Refused}. */
  async #agree(): Promise<void> {
    const live = await this.#pci.readAll(this.shape.requester);
    const wanted = new Map(imageOf(this.shape).map(({ offset, value }) => [offset, value]));
    for (let offset = 0; offset < live.length; offset += 4) {
      const has = live.readUInt32LE(offset);
      const want = wanted.get(offset) ?? 0;
      if (has === want) continue;
      const [found, asked] = [has, want].map((v) => `0x${v.toString(16).padStart(8, "0")}`);
      throw new Refused(
        this.#name,
        `at 0x${offset.toString(16)} of its configuration space ${this.#device.name} of QEMU has ` +
          `${found} and not ${asked}`,
      );
    }
  }

  readConfig(offset: number, width: 1 | 2 | 4): Promise<number> {
    return this.#pci.read(this.shape.requester, offset, width);
  }

  writeConfig(offset: number, width: 1 | 2 | 4, value: number): void {
    if (offset < ROUTING_END && offset + width > COMMAND) this.#moved = true;
    this.#pci.write(this.shape.requester, offset, width, value);
  }

  /** The whole of its configuration space as 32-bit words. */
  async configWords(): Promise<number[]> {
    const all = await this.#pci.readAll(this.shape.requester);
    return Array.from({ length: all.length / 4 }, (_x, i) => all.readUInt32LE(4 * i));
  }

  /** Whether an access lies in the MSI-X table or in the pending bits. */
  inMsix(bar: number, offset: number): boolean {
    const msix = msixOf(this.shape);
    if (msix === undefined) return false;
    const inside = (of: number, start: number, bytes: number): boolean =>
      bar === of && offset >= start && offset < start + bytes;
    return (
      inside(msix.tableBar, msix.tableOffset & ~7, tableBytes(msix)) ||
      inside(msix.pbaBar, msix.pbaOffset & ~7, pbaBytes(msix))
    );
  }

  async decodesMemory(): Promise<boolean> {
    return !this.#moved || ((await this.readConfig(COMMAND, 2)) & MEMORY_DECODE) !== 0;
  }

  /** Does something with a BAR where firmware put it, wherever it stands now. */
  async atHome<A>(bar: number, act: (address: number) => Promise<A> | A): Promise<A> {
    const home = Number((this.shape.bars[bar]?.address ?? 0n) & 0xffffffffn);
    if (!this.#moved) return act(home);
    const { requester } = this.shape;
    const all = await this.#pci.readAll(requester);
    const at = FIRST_BAR + 4 * bar;
    const [low, high] = [all.readUInt32LE(at), all.readUInt32LE(at + 4)];
    const wide = this.shape.bars[bar]?.kind === "memory64";
    const command = all.readUInt16LE(COMMAND);
    // Not both functions of a machine at one address: decode is off while the BAR moves.
    this.#pci.write(requester, COMMAND, 2, command & ~MEMORY_DECODE);
    this.#pci.write(requester, at, 4, home);
    if (wide) this.#pci.write(requester, at + 4, 4, 0);
    this.#pci.write(requester, COMMAND, 2, command | MEMORY_DECODE);
    const result = await act(home);
    this.#pci.write(requester, COMMAND, 2, command & ~MEMORY_DECODE);
    this.#pci.write(requester, at, 4, (low & ~BAR_FLAGS) >>> 0);
    if (wide) this.#pci.write(requester, at + 4, 4, high);
    this.#pci.write(requester, COMMAND, 2, command);
    return result;
  }

  async raise(vector: number): Promise<void> {
    await this.atHome(this.#memoryBar(), () => this.#events?.raise(vector));
  }

  async quiet(): Promise<void> {
    await this.atHome(this.#memoryBar(), () => this.#events?.quiet());
  }

  /** MSI-X table and pending bits, 32-bit words. */
  async msixWords(): Promise<{
    readonly table: readonly number[];
    readonly pending: readonly number[];
  }> {
    const msix = msixOf(this.shape);
    if (msix === undefined) return { table: [], pending: [] };
    const words = async (bar: number, offset: number, bytes: number): Promise<number[]> => {
      const data = await this.atHome(bar, (home) =>
        this.#qtest.readBytes(home + (offset & ~7), bytes),
      );
      return Array.from({ length: bytes / 4 }, (_x, i) => data.readUInt32LE(4 * i));
    };
    return {
      table: await words(msix.tableBar, msix.tableOffset, tableBytes(msix)),
      pending: await words(msix.pbaBar, msix.pbaOffset, pbaBytes(msix)),
    };
  }

  async #signalling(): Promise<"msix" | "msi" | "intx"> {
    const control = async (at: number | undefined): Promise<number> =>
      at === undefined ? 0 : this.readConfig(at + 2, 2);
    if (((await control(msixOf(this.shape)?.at)) & MSIX_ENABLE) !== 0) return "msix";
    return ((await control(msiOf(this.shape)?.at)) & MSI_ENABLE) !== 0 ? "msi" : "intx";
  }

  #memoryBar(): number {
    return this.shape.bars.findIndex(isMemory);
  }

  #ground(): Ground {
    const bar = this.shape.bars[this.#memoryBar()];
    const { requester } = this.shape;
    return {
      qtest: this.#qtest,
      bar: Number((bar?.address ?? 0n) & 0xffffffffn),
      ram: this.#ram,
      scratch: this.#scratch,
      writeConfig: (offset, width, value) => this.#pci.write(requester, offset, width, value),
      signalling: () => this.#signalling(),
    };
  }
}
