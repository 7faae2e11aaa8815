/** Notes of users whose requests overlap with what the kernel does, or with each other. */
import { describe, expect, it } from "vitest";
import { outcome, Script } from "./script.js";

const SETAFF = "(irq_do_set_affinity+0x4/0x210)";

/** Interrupt 24 of four CPUs, started on CPU 0. */
const started = (): Script => {
  const s = new Script(4);
  s.setup(24);
  s.activate(24, 0, 1);
  s.allocate(24, [0, 1, 2, 3], "0xf");
  s.emit("vec_setaff", `${SETAFF} irq=24 mask=0xf force=0`);
  s.message(24, 32, 0);
  s.emit("vec_setaff_r", "(irq_setup_affinity+0x131/0x1b0 <- irq_do_set_affinity) ret=0");
  return s;
};

const note = (s: Script, text: string, task = "rec-204"): void =>
  s.emit("tracing_mark_write", text, task, "...1.");

/** The interrupt fires on its CPU and moves as it was asked to. */
const fires = (s: Script, mask: string, cpu: number): void => {
  const emit = (name: string, args: string): void => s.emit(name, args, "init-1", "d.h2.");
  emit("vec_setaff", `${SETAFF} irq=24 mask=${mask} force=0`);
  const { vector } = s.step({ kind: "alloc", cpus: [cpu], reserved: false });
  emit("irq_matrix_alloc", s.counters(cpu, vector));
  const site = "(assign_vector_locked+0xa0/0x160 <- irq_matrix_alloc)";
  emit("mx_al", `${site} msk=${mask} rsv=0 cpu=${cpu} ret=${vector}`);
  emit("vector_alloc", `irq=24 vector=${vector} reserved=0 ret=0`);
  emit("vector_update", `irq=24 vector=${vector} cpu=${cpu} prev_vector=32 prev_cpu=0`);
  emit("vector_config", `irq=24 vector=${vector} cpu=${cpu} apicdest=0x0000000${cpu}`);
  emit("msi_comp", `(__irq_msi_compose_msg+0x4/0xc0) vec=${vector} dest=${cpu} dmar=0`);
  const address = `alo=0xfee0${cpu}000 ahi=0x0 data=0x${vector.toString(16)}`;
  emit("msi_wr", `(__pci_write_msi_msg+0x4/0x1e0) irq=24 ${address}`);
  emit("vec_setaff_r", "(irq_move_masked_irq+0xbf/0xe0 <- irq_do_set_affinity) ret=0");
};

describe("a request that is taken before its result is noted", () => {
  const taken = (mask: string, cpu: number): string => {
    const s = started();
    note(s, "op affinity irq=24 mask=2");
    note(s, "res affinity irq=24 mask=2 r=0");
    note(s, "op affinity irq=24 mask=4");
    fires(s, mask, cpu);
    note(s, "res affinity irq=24 mask=4 r=0");
    return outcome(s.judge());
  };

  it("may be the earlier or the later one, but no other", () => {
    expect(taken("0x2", 1)).toBe("holds");
    expect(taken("0x4", 2)).toBe("holds");
    expect(taken("0x8", 3)).toMatch(/^VEC-MOVE-8 .*mask is 0x8, the model has 0x2/);
  });
});

describe("two requests at the same time", () => {
  const both = (mask: string, cpu: number): string => {
    const s = started();
    note(s, "op affinity irq=24 mask=2", "rec-204");
    note(s, "op affinity irq=24 mask=4", "rec-205");
    note(s, "res affinity irq=24 mask=4 r=0", "rec-205");
    note(s, "res affinity irq=24 mask=2 r=0", "rec-204");
    fires(s, mask, cpu);
    return outcome(s.judge());
  };

  it("either is the last", () => {
    expect(both("0x2", 1)).toBe("holds");
    expect(both("0x4", 2)).toBe("holds");
    expect(both("0x8", 3)).toMatch(/^VEC-MOVE-8 .*mask is 0x8/);
  });
});

describe("two users of one CPU", () => {
  const offline = (s: Script): void => {
    s.cpu = 1;
    s.emit("mx_off", "(irq_matrix_offline+0x4/0x90)", "migration/1-24");
    s.step({ kind: "offline", cpu: 1 });
  };
  const online = (s: Script): void => {
    s.cpu = 1;
    s.step({ kind: "online", cpu: 1 });
    s.emit("mx_on", "(irq_matrix_online+0x4/0xb0)", "<idle>-0");
    s.emit("irq_matrix_online", s.globals(), "<idle>-0");
  };
  const result = (steps: readonly ((s: Script) => void)[]): string => {
    const s = started();
    offline(s);
    online(s);
    s.cpu = 0;
    note(s, "op cpu1 offline");
    for (const step of steps) step(s);
    s.cpu = 0;
    note(s, "res cpu1 r=0");
    return outcome(s.judge());
  };

  it("the second may bring it back before the first is noted", () => {
    expect(result([offline])).toBe("holds");
    expect(result([offline, online])).toBe("holds");
    expect(result([(s) => note(s, "op rescan", "rec-205")])).toMatch(
      /^VEC-MATRIX-16 .*the model has it online/,
    );
  });
});
