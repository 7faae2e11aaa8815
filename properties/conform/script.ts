/** Writes records by hand: events after the Linux functions, counters of the allocator model. */
import { PackedMatrix } from "../../models/irq/vector-matrix/allocator/packed.js";
import type { Command } from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { conformBuffer } from "./conform.js";
import type { ConformResult } from "./result.js";

const SYSTEM = [
  ...Array.from({ length: 32 }, (_x, v) => v),
  128,
  236,
  240,
  241,
  242,
  ...Array.from({ length: 12 }, (_x, i) => 244 + i),
  50,
];

export class Script {
  readonly lines: string[] = [];
  readonly cpus: number;
  readonly counts = new Map<string, number>();
  readonly #model: PackedMatrix;
  readonly #state: Int32Array;
  #time = 2;
  task = "init-1";
  cpu = 0;

  constructor(cpus: number) {
    this.cpus = cpus;
    this.#model = new PackedMatrix({
      cpus,
      bits: 256,
      start: 32,
      end: 235,
      system: [],
      online: [],
      scope: "per-cpu",
      hotplug: true,
    });
    this.#state = new Int32Array(this.#model.words);
    for (const vector of SYSTEM) {
      this.step({ kind: "assignSystem", cpu: 0, vector, replace: false });
      this.emit("irq_matrix_assign_system", `bit=${vector} ${this.globals()}`, "<idle>-0");
    }
    for (let cpu = 0; cpu < cpus; cpu++) {
      this.cpu = cpu;
      this.step({ kind: "online", cpu });
      this.emit("irq_matrix_online", this.globals(), "<idle>-0");
    }
    this.cpu = 0;
  }

  step(command: Command): { cpu: number; vector: number } {
    const response = this.#model.step(this.#state, command);
    if (response.kind === "allocated") return response;
    if (response.kind === "reservedManaged") return { cpu: -1, vector: response.vectors[0] ?? -1 };
    return { cpu: -1, vector: -1 };
  }

  emit(name: string, args: string, task = this.task, flags = "d..1."): void {
    const [comm = "", pid = ""] = task.split(/-(?=\d+$)/);
    const column = `${comm.padStart(16)}-${pid.padEnd(7)} [00${this.cpu}] ${flags}`;
    this.lines.push(`${column} ${String(++this.#time).padStart(12)}: ${name}: ${args}`);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  globals(): string {
    const v = this.#model.view(this.#state);
    return (
      `online_maps=${v.onlineMaps} global_avl=${v.globalAvailable}, ` +
      `global_rsvd=${v.globalReserved}, total_alloc=${v.totalAllocated}`
    );
  }

  counters(cpu: number, bit: number): string {
    const v = this.#model.view(this.#state);
    return (
      `bit=${bit} cpu=${cpu} online=${v.online(cpu) ? 1 : 0} avl=${v.available(cpu)} ` +
      `alloc=${v.allocated(cpu)} managed=${v.managed(cpu)} ${this.globals()}`
    );
  }

  config(irq: number, vector: number, cpu: number): void {
    this.emit("vector_config", `irq=${irq} vector=${vector} cpu=${cpu} apicdest=0x0000000${cpu}`);
  }

  setup(irq: number): void {
    this.step({ kind: "reserve" });
    this.emit("irq_matrix_reserve", this.globals());
    this.emit("mx_rs", "(reserve_irq_vector_locked+0x3c/0xc0 <- irq_matrix_reserve)");
    this.emit("vector_reserve", `irq=${irq} ret=0`);
    this.config(irq, 239, 0);
    this.emit("vector_setup", `irq=${irq} is_legacy=0 ret=0`, this.task, ".....");
  }

  setupManaged(irq: number, cpus: readonly number[], mask: string): void {
    for (const cpu of cpus) {
      const { vector } = this.step({ kind: "reserveManaged", cpus: [cpu] });
      this.emit("irq_matrix_reserve_managed", this.counters(cpu, vector));
    }
    this.emit(
      "mx_rm",
      `(x86_vector_alloc_irqs+0x30c/0x440 <- irq_matrix_reserve_managed) msk=${mask} ret=0`,
    );
    this.emit("vector_reserve_managed", `irq=${irq} ret=0`);
    this.emit("vector_setup", `irq=${irq} is_legacy=0 ret=0`, this.task, ".....");
  }

  message(irq: number, vector: number, cpu: number): void {
    this.emit("msi_comp", `(__irq_msi_compose_msg+0x4/0xc0) vec=${vector} dest=${cpu} dmar=0`);
    const address = `alo=0xfee0${cpu}000 ahi=0x0 data=0x${vector.toString(16)}`;
    this.emit("msi_wr", `(__pci_write_msi_msg+0x4/0x1e0) irq=${irq} ${address}`);
  }

  activate(irq: number, managed: number, canReserve: number): void {
    const state = `is_managed=${managed} can_reserve=${canReserve} reserve=0`;
    this.emit("vector_activate", `irq=${irq} ${state}`);
  }

  /** Searches all CPUs and takes what the model gives. */
  allocate(irq: number, cpus: readonly number[], mask: string): boolean {
    const { cpu, vector } = this.step({ kind: "alloc", cpus, reserved: true });
    const site = "(assign_vector_locked+0xa0/0x160 <- irq_matrix_alloc)";
    if (cpu < 0) {
      this.emit("mx_al", `${site} msk=${mask} rsv=1 cpu=7 ret=-28`);
      this.emit("vector_alloc", `irq=${irq} vector=0 reserved=1 ret=-28`);
      return false;
    }
    this.emit("irq_matrix_alloc", this.counters(cpu, vector));
    this.emit("mx_al", `${site} msk=${mask} rsv=1 cpu=${cpu} ret=${vector}`);
    this.emit("vector_alloc", `irq=${irq} vector=${vector} reserved=1 ret=0`);
    this.emit("vector_update", `irq=${irq} vector=${vector} cpu=${cpu} prev_vector=0 prev_cpu=0`);
    this.config(irq, vector, cpu);
    this.message(irq, vector, cpu);
    return true;
  }

  judge(more: object = {}): ConformResult {
    const n = this.lines.length;
    const entries = `# entries-in-buffer/entries-written: ${n}/${n}   #P:${this.cpus}`;
    const text = `# tracer: nop\n${entries}\n`;
    return conformBuffer("scripted", Buffer.from(`${text}${this.lines.join("\n")}\n`), {
      name: "scripted",
      kernel: "7.0.13+deb13-cloud-amd64",
      lost: {
        per_cpu_overrun_and_commit_overrun: Array.from({ length: this.cpus }, () => [0, 0]),
        dropped: 0,
      },
      event_counts: Object.fromEntries(this.counts),
      ...more,
    } as unknown as Parameters<typeof conformBuffer>[2]);
  }
}

/** The sentence of a violation, so that a failed test says what was refused. */
export const outcome = (result: ConformResult): string =>
  result.violation === undefined
    ? result.verdict
    : `${result.violation.clause} line ${result.violation.line}: ${result.violation.reason}`;
