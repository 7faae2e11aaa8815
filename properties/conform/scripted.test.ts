/**
 * Situations that the committed records do not hold: one CPU, managed masks of two CPUs, no
 * vector left. The events are written by hand after the Linux functions; the counters come from
 * the allocator model.
 */
import { describe, expect, it } from "vitest";
import { outcome, Script } from "./script.js";

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

describe("without IO-APIC", () => {
  const left = (replaced: readonly number[]): string => {
    const s = new Script(1);
    s.task = "<idle>-0";
    for (let vector = 48; vector < 64; vector++) {
      if (vector === 50) continue;
      s.step({ kind: "assign", cpu: 0, vector });
      s.emit("irq_matrix_assign", s.counters(0, vector));
    }
    for (const vector of replaced) {
      s.step({ kind: "assignSystem", cpu: 0, vector, replace: true });
      s.emit("irq_matrix_assign_system", `bit=${vector} ${s.globals()}`);
    }
    return outcome(s.judge());
  };

  it("the legacy vectors become system vectors in their order", () => {
    expect(left([48, 49, 51, 52])).toBe("holds");
    expect(left([48, 51])).toMatch(/^VEC-MATRIX-17 .*bit is 51, the model has 49/);
  });
});
