/**
 * Configuration space and memory of PCI functions on the root bus of a q35 machine: ports
 * 0xCF8/0xCFC for single accesses, the memory-mapped configuration window for whole functions.
 */
import type { QtestClient } from "./qtest-client.js";

const ADDRESS_PORT = 0xcf8;
const DATA_PORT = 0xcfc;
export const CONVENTIONAL_BYTES = 256;

/** Where the memory-mapped configuration window is put: 256 MiB, away from RAM and BARs. */
export const ECAM = 0xb0000000;
/** Registers of the host bridge, function 0: window base and enable; RAM below 1 MiB. */
const PCIEXBAR = 0x60;
const PAM0 = 0x90;
const PAM_REGISTERS = 7;
const SMRAM = 0x9d;
const HOST_BRIDGE = 0;

export class PciAccess {
  readonly #qtest: QtestClient;

  constructor(qtest: QtestClient) {
    this.#qtest = qtest;
  }

  read(requester: number, offset: number, width: 1 | 2 | 4): Promise<number> {
    this.#select(requester, offset);
    return this.#qtest.in(DATA_PORT + (offset & 3), width);
  }

  write(requester: number, offset: number, width: 1 | 2 | 4, value: number): void {
    this.#select(requester, offset);
    this.#qtest.out(DATA_PORT + (offset & 3), width, value);
  }

  /** The conventional configuration space of a function in one request. */
  readAll(requester: number): Promise<Buffer> {
    return this.#qtest.readBytes(ECAM + requester * 0x1000, CONVENTIONAL_BYTES);
  }

  /** What firmware does to the chipset: the window on, and RAM everywhere below 1 MiB. */
  openChipset(): void {
    this.write(HOST_BRIDGE, PCIEXBAR + 4, 4, 0);
    this.write(HOST_BRIDGE, PCIEXBAR, 4, ECAM + 1);
    // Reads and writes go to RAM: 0xC0000..0xFFFFF; the ROM there has done its work by then.
    this.#shadow(0x33);
    // D_OPEN: 0xA0000..0xBFFFF is RAM for everyone.
    this.write(HOST_BRIDGE, SMRAM, 1, 0x4a);
  }

  /** The ROM below 1 MiB is back, for CPUs to start in; a reset of the machine leaves that as is. */
  closeChipset(): void {
    this.#shadow(0);
  }

  #shadow(access: number): void {
    for (let i = 0; i < PAM_REGISTERS; i++) {
      this.write(HOST_BRIDGE, PAM0 + i, 1, i === 0 ? access & 0x30 : access);
    }
  }

  #select(requester: number, offset: number): void {
    this.#qtest.out(ADDRESS_PORT, 4, 0x80000000 + requester * 0x100 + (offset & 0xfc));
  }
}
