/** Lines over a stream: written in pieces as large as they come, answered in order. */
import type { Duplex } from "node:stream";

type Waiter = { readonly resolve: (line: string) => void; readonly reject: (e: Error) => void };

export class SocketLines {
  /** Asked for every line; answers whether the line is no answer to a request. */
  aside: (line: string) => boolean = () => false;
  readonly #stream: Duplex;
  readonly #waiting: Waiter[] = [];
  #outgoing = "";
  #partial = "";
  #ended: Error | undefined;

  constructor(stream: Duplex, name: string) {
    this.#stream = stream;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => this.#read(text));
    const end = () => this.#end(new Error(`QEMU closed its ${name} connection`));
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", end);
  }

  /** Sends a line; the promise is for its answer. Lines of one turn go out in one write. */
  ask(line: string): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.post(line);
    return this.next();
  }

  /** The next line that is not aside. */
  next(): Promise<string> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Sends a line whose answer somebody else awaits. */
  post(line: string): void {
    if (this.#outgoing === "") queueMicrotask(() => this.#flush());
    this.#outgoing += `${line}\n`;
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = "";
    if (this.#ended === undefined) this.#stream.write(text);
  }

  #read(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (!this.aside(line)) this.#waiting.shift()?.resolve(line);
    }
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
