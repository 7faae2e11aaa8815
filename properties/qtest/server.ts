/** The witness behind the protocol of systems under test (properties/sut/PROTOCOL.md). */
import { decodeOrThrow } from "../../spec/core/decode.js";
import { qemuQuirks } from "../../spec/hardware/machine/qemu-quirks.js";
import { Command, Config, Response } from "../../spec/hardware/machine/vocabulary.js";
import { PROTOCOL } from "../sut/protocol.js";
import { Refused } from "./layout.js";
import type { Probed } from "./probe.js";
import { Witness } from "./witness.js";

export const SUBSYSTEM = "hardware/machine";

type Line = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** Commands that a QEMU without a debugger can be made to do. */
export const witnessCommands = [
  "read",
  "write",
  "readApic",
  "writeApic",
  "event",
  "quiet",
  "inject",
  "take",
  "eoi",
] as const satisfies readonly Command["kind"][];

export class WitnessServer {
  readonly #witness: Witness;
  readonly #probed: Probed;

  constructor(probed: Probed) {
    this.#probed = probed;
    this.#witness = new Witness(probed);
  }

  /** Answers one line of the tool; undefined where nothing is answered. */
  async answer(line: Line): Promise<unknown> {
    switch (line.kind) {
      case "hello":
        return this.#hello();
      case "config":
        return this.#configure(line);
      case "reset":
        return this.#guarded(async () => {
          await this.#witness.reset();
          return { kind: "ready" };
        });
      case "observe":
        return this.#guarded(() => this.#witness.observe());
      case "flush":
      case "bye":
        return undefined;
      default:
        return this.#guarded(async () => {
          const command = decodeOrThrow(Command, line, { file: "command" });
          return Response.encode(await this.#witness.command(command));
        });
    }
  }

  stop(): void {
    this.#witness.stop();
  }

  #hello(): unknown {
    return {
      kind: "hello",
      protocol: PROTOCOL,
      subsystem: SUBSYSTEM,
      name: `QEMU ${this.#probed.version.join(".")}`,
      level: "contract",
      refs: false,
      observes: ["config", "tables", "apics", "remapping", "memory"],
      commands: witnessCommands,
      quirks: qemuQuirks,
    };
  }

  async #configure(line: Line): Promise<unknown> {
    const { kind: _kind, ...fields } = line;
    const config = decodeOrThrow(Config, fields, { file: "config" });
    try {
      await this.#witness.configure(config);
      return { kind: "ready" };
    } catch (error) {
      if (error instanceof Refused) return { kind: "refused", reason: error.message };
      throw error;
    }
  }

  /** What QEMU does not survive is a panic of the system; the next reset starts another one. */
  async #guarded(act: () => Promise<unknown>): Promise<unknown> {
    try {
      return await act();
    } catch (error) {
      const last = this.#witness.stop();
      const message = (error as Error).message;
      return { kind: "panic", message: last === "" ? message : `${message}: ${last}` };
    }
  }
}
