/** The monitor of QEMU (QMP): requests as JSON lines; greetings and events come in between. */
import type { Duplex } from "node:stream";
import { SocketLines } from "./socket-lines.js";

type Line = {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
};

export class QmpClient {
  readonly #lines: SocketLines;
  #events: { readonly name: string; readonly seen: () => void }[] = [];

  constructor(stream: Duplex) {
    this.#lines = new SocketLines(stream, "monitor");
    this.#lines.aside = (text) => {
      const { event } = JSON.parse(text) as Line;
      if (event === undefined) return false;
      const [seen, kept] = [true, false].map((want) =>
        this.#events.filter(({ name }) => (name === event) === want),
      );
      this.#events = kept ?? [];
      for (const waiter of seen ?? []) waiter.seen();
      return true;
    };
  }

  /** Awaits the greeting and makes the monitor ready. */
  async greet(): Promise<void> {
    await this.#lines.next();
    await this.execute("qmp_capabilities");
  }

  async execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const request = { execute: command, ...(args === undefined ? {} : { arguments: args }) };
    const answer = JSON.parse(await this.#lines.ask(JSON.stringify(request))) as Line;
    if (answer.error !== undefined) {
      throw new Error(`QEMU refuses the monitor command ${command}: ${answer.error.desc ?? "?"}`);
    }
    return answer.return;
  }

  /** A command of the monitor for people, such as `info lapic 0`. */
  async text(line: string): Promise<string> {
    const answer = await this.execute("human-monitor-command", { "command-line": line });
    return String(answer);
  }

  /** The machine as after power-on, RAM kept. Answers when it is done. */
  async reset(): Promise<void> {
    const done = new Promise<void>((seen) => this.#events.push({ name: "RESET", seen }));
    await this.execute("system_reset");
    await done;
  }
}
