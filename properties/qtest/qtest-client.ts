/**
 * The qtest protocol: one line a request, `OK [VALUE]` or an error in answer, in order. Requests of
 * one turn of the event loop share a write, so a caller that does not await each is fast.
 */
import type { Duplex } from "node:stream";
import { SocketLines } from "./socket-lines.js";

export type Width = 1 | 2 | 4 | 8;

const suffix = { 1: "b", 2: "w", 4: "l", 8: "q" } as const;
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

export class QtestClient {
  readonly #lines: SocketLines;
  /** The first request that QEMU refused; told at the next {@link sync} or read. */
  #failure: Error | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stream: Duplex) {
    this.#lines = new SocketLines(stream, "qtest");
    // Interrupt lines that were asked to be intercepted; nobody does, but they are no answers.
    this.#lines.aside = (line) => line.startsWith("IRQ ");
  }

  /** To an I/O port. */
  out(port: number, width: 1 | 2 | 4, value: number): void {
    this.#post(`out${suffix[width]} ${hex(port)} ${hex(value)}`);
  }

  async in(port: number, width: 1 | 2 | 4): Promise<number> {
    return Number(await this.#value(`in${suffix[width]} ${hex(port)}`));
  }

  /** To a physical address, as the chipset would: from no CPU. */
  write(address: number, width: Width, value: number | bigint): void {
    this.#post(`write${suffix[width]} ${hex(address)} ${hex(value)}`);
  }

  async read(address: number, width: 1 | 2 | 4): Promise<number> {
    return Number(await this.#value(`read${suffix[width]} ${hex(address)}`));
  }

  /** Consecutive bytes in one request; devices see accesses as wide as they admit. */
  async readBytes(address: number, size: number): Promise<Buffer> {
    const text = await this.#ask(`read ${hex(address)} ${hex(size)}`);
    return Buffer.from(text.slice(2), "hex");
  }

  /** All requests so far have been done. Throws where one of them was refused. */
  async sync(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #post(line: string): void {
    this.#last = this.#lines.ask(line).then(
      (answer) => {
        if (!answer.startsWith("OK")) this.#failure ??= refused(line, answer);
      },
      (error: Error) => {
        this.#failure ??= error;
      },
    );
  }

  async #ask(line: string): Promise<string> {
    const asked = this.#lines.ask(line);
    this.#last = asked.catch(() => {});
    const answer = await asked;
    if (this.#failure !== undefined) throw this.#failure;
    if (!answer.startsWith("OK ")) throw refused(line, answer);
    return answer.slice(3);
  }

  async #value(line: string): Promise<bigint> {
    return BigInt(await this.#ask(line));
  }
}

const refused = (line: string, answer: string): Error =>
  new Error(`QEMU answers "${answer}" to the qtest request "${line}"`);
