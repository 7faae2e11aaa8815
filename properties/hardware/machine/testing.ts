/** A machine driven by hand, every clause judged at every command. */
import { expect } from "vitest";
import type {
  ApicView,
  Command,
  Config,
  FunctionView,
  Response,
  View,
} from "../../../spec/hardware/machine/vocabulary.js";
import { msiOffsets } from "../../../spec/hardware/pci/capabilities.js";
import { type FunctionShape, msiOf, msixOf } from "../../../spec/hardware/shape.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { scopeOf } from "../../engine/judge.js";
import { Session } from "../../engine/session.js";
import { vectors } from "./describe.js";
import { write } from "./draws.js";
import { machine as subsystem } from "./subsystem.js";

export class Bench {
  readonly config: Config;
  readonly #session: Session;
  constructor(config: Config) {
    expect(subsystem.checkConfig(config)).toBeUndefined();
    const { judged } = scopeOf(subsystem.clauses, "contract", subsystem.observables);
    this.config = config;
    this.#session = new Session(subsystem, config, "contract", judged);
    this.#session.reset();
  }

  get view(): View {
    return this.#session.stepper.after as View;
  }

  /** Performs a command; the answer. Every clause must hold. */
  do(command: Command): Response {
    const text = subsystem.commandText(command);
    expect(subsystem.generator.enabled(this.config, "contract", this.view, command), text).toBe(
      true,
    );
    this.#session.perform(command);
    expect(this.#session.violated(), text).toEqual([]);
    return this.#session.t.response as Response;
  }

  config32(fn: number, offset: number, value: number): void {
    this.do(write("config", fn, offset, 4, value));
  }
  ram(address: number, ...words: readonly number[]): void {
    words.forEach((word, i) => {
      this.do(write("memory", 0, address + 4 * i, 4, word));
    });
  }
  unit(offset: number, value: number): void {
    this.do(write("remapping", 0, offset, 4, value));
  }
  read(command: Extract<Command, { kind: "read" | "readApic" }>): number {
    const response = this.do(command);
    return response.kind === "value" ? response.value : -1;
  }

  shape(fn: number): FunctionShape {
    return this.config.functions[fn] as FunctionShape;
  }
  fn(fn: number): FunctionView {
    return this.view.functions[fn] as FunctionView;
  }
  apic(cpu: number): ApicView {
    return this.view.apics[cpu] as ApicView;
  }

  /** Programs MSI and enables it with 2^log2 messages. */
  msi(fn: number, message: Message, log2 = 0): void {
    const msi = msiOf(this.shape(fn));
    if (msi === undefined) throw new Error(`function ${fn} has no MSI`);
    const at = msiOffsets(msi.is64, msi.maskable);
    this.config32(fn, msi.at + at.address, message.addressLo);
    if (msi.is64) this.config32(fn, msi.at + at.addressHigh, message.addressHi);
    this.do(write("config", fn, msi.at + at.data, 2, message.data));
    this.do(write("config", fn, msi.at + 2, 2, (log2 << 4) | 1));
  }

  /** Enables MSI-X with every entry as it is. */
  msix(fn: number): void {
    const at = msixOf(this.shape(fn))?.at ?? 0;
    this.do(write("config", fn, at + 2, 2, 0x8000));
  }

  /** Programs an entry; unmasked unless told. */
  entry(fn: number, entry: number, message: Message, masked = false): void {
    const msix = msixOf(this.shape(fn));
    if (msix === undefined) throw new Error(`function ${fn} has no MSI-X`);
    const at = (msix.tableOffset & ~7) + 16 * entry;
    const { addressLo, addressHi, data } = message;
    [addressLo, addressHi, data, masked ? 1 : 0].forEach((word, i) => {
      this.do(write("bar", fn, at + 4 * i, 4, word, msix.tableBar));
    });
  }

  event(fn: number, vector = 0): void {
    this.do({ kind: "event", fn, vector });
  }

  /** IRR of every CPU, as text. */
  requests(): readonly string[] {
    return this.view.apics.map((apic) => vectors(apic.irr));
  }

  /** The CPU takes this vector and ends it, and has nothing more. */
  service(cpu: number, vector: number): void {
    expect(this.do({ kind: "take", cpu })).toEqual({ kind: "taken", vector });
    expect(vectors(this.apic(cpu).isr)).toBe(`0x${vector.toString(16)}`);
    expect(this.do({ kind: "take", cpu })).toEqual({ kind: "nothing" });
    this.do({ kind: "eoi", cpu });
    expect(vectors(this.apic(cpu).isr)).toBe("");
  }
}

/** A message in compatibility format. */
export const to = (dest: number, vector: number): Message => ({
  addressLo: (0xfee00000 | (dest << 12)) >>> 0,
  addressHi: 0,
  data: vector,
});
