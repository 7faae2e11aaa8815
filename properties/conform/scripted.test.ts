/**
 * Situations that the committed records do not hold: one CPU, managed masks of two CPUs, no
 * vector left. The events are written by hand after the Linux functions; the counters come from
 * the allocator model.
 */
import { describe, expect, it } from "vitest";
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

class Script {
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
const outcome = (result: ConformResult): string =>
  result.violation === undefined
    ? result.verdict
    : `${result.violation.clause} line ${result.violation.line}: ${result.violation.reason}`;

describe("one CPU", () => {
  it("fills up, and then an activation fails after two searches", () => {
    const s = new Script(1);
    for (let irq = 24; irq < 24 + 202; irq++) {
      s.setup(irq);
      s.activate(irq, 0, 1);
      if (!s.allocate(irq, [0], "0x1")) expect(s.allocate(irq, [0], "0x1")).toBe(false);
    }
    expect(outcome(s.judge())).toBe("holds");
  });

  it("does not fail while there is room", () => {
    const s = new Script(1);
    s.setup(24);
    s.activate(24, 0, 1);
    const site = "(assign_vector_locked+0xa0/0x160 <- irq_matrix_alloc)";
    s.emit("mx_al", `${site} msk=0x1 rsv=1 cpu=7 ret=-28`);
    expect(outcome(s.judge())).toMatch(/^VEC-MATRIX-8 line \d+: mx_al where the model emits irq_/);
  });
});

describe("a managed interrupt of two CPUs", () => {
  const started = (): Script => {
    const s = new Script(4);
    s.setupManaged(24, [1, 3], "0xa");
    s.activate(24, 1, 0);
    const { cpu, vector } = s.step({ kind: "allocManaged", cpus: [1, 3] });
    s.emit("irq_matrix_alloc_managed", s.counters(cpu, vector));
    const site = "(assign_managed_vector+0x9c/0x140 <- irq_matrix_alloc_managed)";
    s.emit("mx_am", `${site} msk=0xa cpu=${cpu} ret=${vector}`);
    s.emit("vector_alloc_managed", `irq=24 vector=${vector} ret=0`);
    s.emit("vector_update", `irq=24 vector=${vector} cpu=${cpu} prev_vector=0 prev_cpu=0`);
    s.config(24, vector, cpu);
    s.message(24, vector, cpu);
    s.emit("vec_setaff", "(irq_do_set_affinity+0x4/0x210) irq=24 mask=0xa force=0");
    s.message(24, vector, cpu);
    s.emit("vec_setaff_r", "(irq_startup+0x10f/0x140 <- irq_do_set_affinity) ret=0");
    return s;
  };

  it("starts on the higher one and moves when that goes down", () => {
    const s = started();
    s.task = "migration/3-36";
    s.cpu = 3;
    s.emit("vec_setaff", "(irq_do_set_affinity+0x4/0x210) irq=24 mask=0xa force=0");
    const { cpu, vector } = s.step({ kind: "allocManaged", cpus: [1] });
    expect([cpu, vector]).toEqual([1, 32]);
    const site = "(assign_managed_vector+0x9c/0x140 <- irq_matrix_alloc_managed)";
    s.emit("mx_am", `${site} msk=0x2 cpu=1 ret=32`);
    s.emit("mx_fr", "(irq_matrix_free+0x4/0x140) cpu=3 bit=32 man=1");
    s.step({ kind: "free", cpu: 3, vector: 32, managed: true, by: 3 });
    s.message(24, 32, 1);
    s.emit(
      "vec_setaff_r",
      "(irq_migrate_all_off_this_cpu+0x2fc/0x3d0 <- irq_do_set_affinity) ret=0",
    );
    s.emit("mx_off", "(irq_matrix_offline+0x4/0x90)");
    expect(outcome(s.judge())).toBe("holds");
  });

  it("may not stay on a CPU that goes down", () => {
    const s = started();
    s.task = "migration/3-36";
    s.cpu = 3;
    s.emit("mx_off", "(irq_matrix_offline+0x4/0x90)");
    expect(outcome(s.judge())).toMatch(/^VEC-HOTPLUG-2 .*irq 24 still targets the dying CPU/);
  });
});

describe("a request that waits for the next interrupt", () => {
  const SETAFF = "(irq_do_set_affinity+0x4/0x210)";

  /** Interrupt 24 is on CPU 0; CPU 2, which a user asked for, leaves and returns; CPU 0 leaves. */
  const moved = (mask: string, search: string, cpu: number): string => {
    const s = new Script(3);
    s.setup(24);
    s.activate(24, 0, 1);
    s.allocate(24, [0, 1, 2], "0x7");
    s.emit("vec_setaff", `${SETAFF} irq=24 mask=0x7 force=0`);
    s.message(24, 32, 0);
    s.emit("vec_setaff_r", "(irq_setup_affinity+0x131/0x1b0 <- irq_do_set_affinity) ret=0");
    s.emit("tracing_mark_write", "op affinity irq=24 mask=4");
    s.emit("tracing_mark_write", "res affinity irq=24 mask=4 r=0");
    s.cpu = 2;
    s.emit("mx_off", "(irq_matrix_offline+0x4/0x90)", "migration/2-30");
    s.step({ kind: "offline", cpu: 2 });
    s.step({ kind: "online", cpu: 2 });
    s.emit("mx_on", "(irq_matrix_online+0x4/0xb0)", "<idle>-0");
    s.emit("irq_matrix_online", s.globals(), "<idle>-0");
    s.task = "migration/0-18";
    s.cpu = 0;
    s.emit("vec_setaff", `${SETAFF} irq=24 mask=${mask} force=0`);
    const site = "(assign_vector_locked+0xa0/0x160 <- irq_matrix_alloc)";
    s.emit("mx_al", `${site} msk=${search} rsv=0 cpu=${cpu} ret=32`);
    s.emit("mx_fr", "(irq_matrix_free+0x4/0x140) cpu=0 bit=32 man=0");
    s.message(24, 32, cpu);
    const migrate = "(irq_migrate_all_off_this_cpu+0x2fc/0x3d0 <- irq_do_set_affinity)";
    s.emit("vec_setaff_r", `${migrate} ret=0`);
    return outcome(s.judge());
  };

  it("is dropped when its last online CPU leaves", () => {
    expect(moved("0x7", "0x6", 1)).toBe("holds");
    expect(moved("0x4", "0x4", 2)).toMatch(/^VEC-HOTPLUG-6 .*mask is 0x4, the model has 0x7/);
  });
});

describe("irqaffinity=", () => {
  const started = (mask: string, search: string): string => {
    const s = new Script(4);
    s.emit("tracing_mark_write", "op rescan");
    s.setup(24);
    s.activate(24, 0, 1);
    s.allocate(24, [0, 1, 2, 3], search);
    s.emit("vec_setaff", `(irq_do_set_affinity+0x4/0x210) irq=24 mask=${mask} force=0`);
    s.message(24, 32, 0);
    s.emit("vec_setaff_r", "(irq_setup_affinity+0x131/0x1b0 <- irq_do_set_affinity) ret=0");
    return outcome(s.judge({ kernel_command_line: "quiet irqaffinity=2-3 panic=-1" }));
  };

  it("and the boot CPU are the mask of a new interrupt", () => {
    expect(started("0xd", "0xd")).toBe("holds");
    expect(started("0xf", "0xd")).toMatch(/^VEC-MOVE-9 .*mask is 0xf, the model has 0xd/);
    expect(started("0xd", "0xf")).toMatch(/^VEC-ASSIGN-5-L .*msk is 0xf, the model has 0xd/);
  });
});
