/** A QEMU machine that answers the commands of `hardware/machine`. */
import { isDeepStrictEqual } from "node:util";
import type { Command, Config, Response } from "../../spec/hardware/machine/vocabulary.js";
import { CMDBUF, DEVTAB, EVTLOG } from "../../spec/hardware/remapping/amd.js";
import { PciFunctionDriver } from "./functions.js";
import { APIC_BASE, Guest, NONE, type Operation } from "./guest.js";
import { type Layout, layOut } from "./layout.js";
import { showMachine } from "./observe.js";
import { CONVENTIONAL_BYTES, PciAccess } from "./pci-access.js";
import type { Probed } from "./probe.js";
import { QemuProcess } from "./qemu-process.js";
import { buildRom } from "./rom.js";

const done: Response = { kind: "done" };
const refused: Response = { kind: "refused" };
const value = (v: number): Response => ({ kind: "value", value: v });

/** Mask registers of the two 8259 interrupt controllers. */
const PIC_MASKS = [0x21, 0xa1];
const INTEL_REGISTERS = 0xfed90000;
const AMD_REGISTERS = 0xfed80000;
const SVR = 0xf0;
const SVR_ON = 0x1ff;
const EOI = 0xb0;

type Access = Extract<Command, { kind: "read" | "write" }>;

const ones = (width: number): number => 2 ** (8 * width) - 1;

export class Witness {
  readonly #probed: Probed;
  #qemu: QemuProcess | undefined;
  #config!: Config;
  #layout!: Layout;
  #guest!: Guest;
  #functions: readonly PciFunctionDriver[] = [];

  constructor(probed: Probed) {
    this.#probed = probed;
  }

  /** Starts the machine, or the one that runs is set back. Throws `Refused`. */
  async configure(config: Config): Promise<void> {
    const layout = layOut(config, this.#probed);
    const same = this.#qemu?.alive === true && isDeepStrictEqual(layout, this.#layout);
    this.#config = config;
    this.#layout = layout;
    if (!same) {
      this.stop();
      const { program } = this.#probed;
      const { args, ram } = layout;
      this.#qemu = await QemuProcess.start({ program, args, rom: buildRom(layout.mailbox), ram });
      await this.#firmware(this.#qemu);
      return;
    }
    await this.reset();
  }

  /** Everything as after power-on and firmware. */
  async reset(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu?.alive !== true) {
      await this.configure(this.#config);
      return;
    }
    const { mailbox } = this.#layout;
    new PciAccess(qemu.qtest).closeChipset();
    await qemu.qtest.sync();
    await qemu.qmp.execute("stop");
    await qemu.qmp.reset();
    qemu.ram.clear(0, this.#config.ram);
    qemu.ram.clear(mailbox, Guest.bytes(this.#config.apicIds));
    await qemu.qmp.execute("cont");
    await this.#firmware(qemu);
  }

  async #firmware({ qtest, ram }: QemuProcess): Promise<void> {
    const { apicIds, apicsOn, functions } = this.#config;
    const { mailbox, devices, scratch } = this.#layout;
    this.#guest = new Guest(qtest, ram, mailbox, apicIds);
    await this.#guest.boot();
    const pci = new PciAccess(qtest);
    pci.openChipset();
    // The PIT runs from reset on: what it raises would enter through an unmasked LINT0.
    for (const port of PIC_MASKS) qtest.out(port, 1, 0xff);
    this.#functions = functions.map((shape, i) => {
      const name = `functions[${i}]`;
      const device = devices[i] as Layout["devices"][number];
      return new PciFunctionDriver(name, shape, device, scratch[i] as number, pci, {
        qtest,
        ram,
      });
    });
    for (const fn of this.#functions) await fn.start();
    if (apicsOn) {
      for (let cpu = 0; cpu < apicIds.length; cpu++) await this.#apic(cpu, SVR, SVR_ON);
    }
    await qtest.sync();
  }

  /** Answers one command. */
  async command(c: Command): Promise<Response> {
    switch (c.kind) {
      case "read":
        return this.#read(c);
      case "write":
        return this.#write(c);
      case "readApic": {
        if (!this.#hasCpu(c.cpu) || (c.offset & 15) !== 0) return refused;
        const [read] = await this.#guest.run(c.cpu, [
          { op: "read", address: APIC_BASE + c.offset },
        ]);
        return value(read as number);
      }
      case "writeApic":
        if (!this.#hasCpu(c.cpu) || (c.offset & 15) !== 0) return refused;
        await this.#apic(c.cpu, c.offset, c.value);
        return done;
      case "event":
        await this.#functions[c.fn]?.raise(c.vector);
        await this.#qtest.sync();
        return done;
      case "quiet":
        await this.#functions[c.fn]?.quiet();
        await this.#qtest.sync();
        return done;
      case "inject":
        this.#qtest.write(c.addressHi * 2 ** 32 + c.addressLo, 4, c.data);
        await this.#qtest.sync();
        return done;
      case "take": {
        if (!this.#hasCpu(c.cpu)) return { kind: "nothing" };
        const [vector] = await this.#guest.run(c.cpu, [{ op: "take" }]);
        return vector === NONE ? { kind: "nothing" } : { kind: "taken", vector: vector as number };
      }
      case "eoi":
        if (this.#hasCpu(c.cpu)) await this.#apic(c.cpu, EOI, 0);
        return done;
      default:
        return refused;
    }
  }

  /** The state of the machine, in the form of an observation of `hardware/machine`. */
  observe(): Promise<unknown> {
    return showMachine(
      this.#config,
      this.#qtest,
      (this.#qemu as QemuProcess).ram,
      this.#guest,
      this.#functions,
      this.#unitAddress(),
    );
  }

  /** Ends QEMU; answers what it complained about last. */
  stop(): string {
    const last = this.#qemu?.stderr ?? "";
    this.#qemu?.stop();
    this.#qemu = undefined;
    return last.slice(-200);
  }

  get #qtest() {
    return (this.#qemu as QemuProcess).qtest;
  }

  #hasCpu(cpu: number): boolean {
    return cpu < this.#config.apicIds.length;
  }

  async #apic(cpu: number, offset: number, written: number): Promise<void> {
    const operation: Operation = { op: "write", address: APIC_BASE + offset, value: written };
    await this.#guest.run(cpu, [operation]);
  }

  /** Where the registers of the remapping unit are. */
  #unitAddress(): number | undefined {
    const { kind } = this.#config.remapping;
    if (kind === "none") return undefined;
    return kind === "intel" ? INTEL_REGISTERS : AMD_REGISTERS;
  }

  /** Address of a memory or unit access; undefined where nothing is. */
  #address(c: Access): number | undefined {
    if (c.space === "memory") {
      return c.offset + c.width > this.#config.ram ? undefined : c.offset;
    }
    const unit = this.#unitAddress();
    return unit === undefined ? undefined : unit + c.offset;
  }

  async #read(c: Access): Promise<Response> {
    const { space, offset, width } = c;
    if (offset % width !== 0) return refused;
    if (space === "config" || space === "bar") {
      const fn = this.#functions[c.unit];
      if (fn === undefined) return value(ones(width));
      if (space === "bar") return value(await this.#readBar(fn, c));
      if (offset + width > CONVENTIONAL_BYTES) return value(ones(width));
      return value(await fn.readConfig(offset, width));
    }
    const address = this.#address(c);
    return value(address === undefined ? ones(width) : await this.#qtest.read(address, width));
  }

  /**
   * QUIRK: the AMD unit of QEMU takes a base register over when its upper half is written. The
   * document knows no such order, so a write of the lower half is completed by the upper one again.
   */
  async #complete(offset: number): Promise<void> {
    const unit = this.#unitAddress();
    if (unit === undefined || this.#config.remapping.kind !== "amd") return;
    if (![DEVTAB, CMDBUF, EVTLOG].includes(offset)) return;
    const high = unit + offset + 4;
    this.#qtest.write(high, 4, await this.#qtest.read(high, 4));
  }

  async #readBar(fn: PciFunctionDriver, c: Access): Promise<number> {
    const own = fn.shape.bars[c.bar];
    if (own === undefined || c.offset + c.width > own.size || !(await fn.decodesMemory())) {
      return ones(c.width);
    }
    // The device's own registers are the adapter's: it raises events with them.
    if (!fn.inMsix(c.bar, c.offset)) return 0;
    return fn.atHome(c.bar, (home) => this.#qtest.read(home + c.offset, c.width));
  }

  async #write(c: Extract<Command, { kind: "write" }>): Promise<Response> {
    const { space, offset, width } = c;
    if (offset % width !== 0) return refused;
    const fn = this.#functions[c.unit];
    if (space === "config") {
      if (fn !== undefined && offset + width <= CONVENTIONAL_BYTES) {
        fn.writeConfig(offset, width, c.value);
      }
    } else if (space === "bar") {
      if (fn?.inMsix(c.bar, offset) === true && (await fn.decodesMemory())) {
        await fn.atHome(c.bar, (home) => this.#qtest.write(home + offset, width, c.value));
      }
    } else {
      const address = this.#address(c);
      if (address !== undefined) this.#qtest.write(address, width, c.value);
      if (space === "remapping") await this.#complete(offset);
    }
    await this.#qtest.sync();
    return done;
  }
}
