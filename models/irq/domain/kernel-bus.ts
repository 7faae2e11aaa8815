/**
 * The kernel's hands: register writes on a machine, kept in order. The one mutable thing of the
 * model: a command gets one, works on it, and takes `machine`, `tail` and `writes` from it.
 */
import { EOI, ICR_HIGH, ICR_LOW } from "../../../spec/hardware/local-apic/registers.js";
import type { BusWrite } from "../../../spec/irq/domain/bus.js";
import { entryBytes, meaningOf, tableAddress } from "../../../spec/irq/domain/platform.js";
import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import type { Action } from "../../../spec/irq/msi-message/vocabulary.js";
import { type Machine, readAt } from "../../hardware/machine/index.js";
import type { RegisterBus, Width } from "../capability/bus.js";
import { apicWrite, applyWrite, type Plant, plantOf } from "./plant.js";
import { COMMAND_BYTES, commandOf, placeInQueue, QUEUE_BYTES, tailRegister } from "./queue.js";

export class KernelBus {
  readonly config: Config;
  readonly plant: Plant;
  machine: Machine;
  tail: number;
  readonly writes: BusWrite[] = [];
  /** Called once, after the next write of a message is complete: the device raises again. */
  #again: ((m: Machine) => Machine) | undefined;

  constructor(config: Config, machine: Machine, tail: number, again?: (m: Machine) => Machine) {
    this.config = config;
    this.plant = plantOf(config);
    this.machine = machine;
    this.tail = tail;
    this.#again = again;
  }

  write(w: BusWrite): void {
    this.writes.push(w);
    this.machine = applyWrite(this.plant.machine, this.machine, w);
    if (w.space === "remapping" && w.offset === tailRegister(this.config)) this.tail = w.value;
    if (this.#again === undefined) return;
    const meaning = meaningOf(this.config, w);
    if (meaning.kind !== "message" || !meaning.last) return;
    this.machine = this.#again(this.machine);
    this.#again = undefined;
  }

  /** The registers of one function. */
  function(unit: number): RegisterBus {
    const at = (space: "config" | "bar", bar: number, offset: number, width: Width, value = 0) =>
      ({ space, unit, bar, offset, width, value: value >>> 0 }) as const;
    const read = (a: ReturnType<typeof at>): number =>
      readAt(this.plant.machine, this.machine, { kind: "read", ...a }) ?? 0;
    return {
      readConfig: (offset, width) => read(at("config", 0, offset, width)),
      writeConfig: (offset, width, value) => this.write(at("config", 0, offset, width, value)),
      readBar: (bar, offset, width) => read(at("bar", bar, offset, width)),
      writeBar: (bar, offset, width, value) => this.write(at("bar", bar, offset, width, value)),
    };
  }

  #memory(offset: number, value: number): void {
    this.write({ space: "memory", unit: 0, bar: 0, offset, width: 4, value: value >>> 0 });
  }

  /** Stores, invalidations and waits of the remapping tables; device writes are the caller's. */
  act(action: Action): void {
    if (action.kind === "store") {
      const { table, index, offset, words } = action;
      const at = tableAddress(this.config, table) + entryBytes(this.config) * index + offset;
      words.forEach((word, i) => {
        this.#memory(at + 4 * i, word);
      });
      return;
    }
    const command = commandOf(this.config, action);
    if (command === undefined) return;
    const at = placeInQueue(this.tail);
    command.forEach((word, i) => {
      this.#memory(at + 4 * i, word);
    });
    const value = (this.tail + COMMAND_BYTES) % QUEUE_BYTES;
    const offset = tailRegister(this.config);
    this.write({ space: "remapping", unit: 0, bar: 0, offset, width: 4, value });
  }

  eoi(cpu: number): void {
    this.write(apicWrite(cpu, EOI, 0));
  }

  /** A fixed IPI from one CPU to another, or to itself. */
  ipi(from: number, to: number, vector: number): void {
    const id = this.config.apicIds[to] ?? 0;
    this.write(apicWrite(from, ICR_HIGH, this.config.apic === "xapic" ? id << 24 : id));
    this.write(apicWrite(from, ICR_LOW, vector));
  }
}
