/**
 * The machine's RAM, shared with QEMU through a file: reads and writes of whole megabytes at the
 * cost of a copy. Addresses are physical ones below the PCI hole, offsets into the file.
 */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

const ZEROS = Buffer.alloc(0x10000);

export class SharedRam {
  readonly #fd: number;
  readonly #word = Buffer.alloc(4);

  /** Makes the file, sparse. Whoever has opened it may then remove its name. */
  constructor(path: string, bytes: number) {
    this.#fd = openSync(path, "w+", 0o600);
    ftruncateSync(this.#fd, bytes);
  }

  word(address: number): number {
    readSync(this.#fd, this.#word, 0, 4, address);
    return this.#word.readUInt32LE(0);
  }

  writeWord(address: number, value: number): void {
    this.#word.writeUInt32LE(value >>> 0, 0);
    writeSync(this.#fd, this.#word, 0, 4, address);
  }

  read(address: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    readSync(this.#fd, buffer, 0, bytes, address);
    return buffer;
  }

  write(address: number, bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, bytes.length, address);
  }

  clear(address: number, bytes: number): void {
    for (let done = 0; done < bytes; done += ZEROS.length) {
      const piece = Math.min(ZEROS.length, bytes - done);
      writeSync(this.#fd, ZEROS, 0, piece, address + done);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
