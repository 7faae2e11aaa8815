import { describe, expect, it } from "vitest";
import type { Command, Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { explore } from "../../engine/explore.js";
import { scopeOf } from "../../engine/judge.js";
import { ReadableStepper } from "../../engine/stepper.js";
import { amdGa, amdLegacy, base, extended, intel, wideIds } from "./configs.js";
import { commandText, describe as lines, responseText } from "./describe.js";
import { msiMessage as subsystem } from "./subsystem.js";

/** Lines of at most 90 columns, broken at blanks. */
const fold = (line: string): string => {
  if (line.length <= 90) return line;
  const at = line.lastIndexOf(" ", 90);
  return `${line.slice(0, at)}\n${fold(`      ${line.slice(at + 1)}`)}`;
};

/** Runs commands and prints each with its answer, then what the state shows that is new. */
const play = (config: Config, commands: readonly Command[]): string => {
  const stepper = new ReadableStepper(subsystem.model, config);
  const said = commands.map((command) => {
    const before = lines(config, stepper.before);
    const response = stepper.apply(command);
    const changed = [...lines(config, stepper.after)]
      .filter(([key, value]) => before.get(key) !== value)
      .map(([key, value]) => fold(`    ${key} ${value}`));
    stepper.commit();
    const answer = responseText(response);
    return [fold(`${commandText(command)} -> ${answer}`), ...changed].join("\n");
  });
  return said.join("\n");
};

describe("composition", () => {
  it("follows the id map and refuses what no message can name", () => {
    expect(
      play(wideIds, [
        { kind: "compose", cpu: 1, vector: 0x41, started: true },
        { kind: "compose", cpu: 3, vector: 0x41, started: true },
        { kind: "compose", cpu: 0, vector: 0xef, started: false },
        { kind: "compose", cpu: 0, vector: 0xef, started: true },
        { kind: "composeDest", dest: 0x12345678, vector: 0x31, logical: false },
        { kind: "composeDest", dest: 0xfe, vector: 0xf, logical: true },
      ]),
    ).toMatchInlineSnapshot(`
      "compose cpu=1 vector=0x41 started=true -> message addressLo=0xfee02000 addressHi=0x0
            data=0x41
      compose cpu=3 vector=0x41 started=true -> refused
      compose cpu=0 vector=0xef started=false -> message addressLo=0xfee00000 addressHi=0x0
            data=0xef
      compose cpu=0 vector=0xef started=true -> refused
      composeDest dest=0x12345678 vector=0x31 logical=false -> refused
      composeDest dest=0xfe vector=0xf logical=true -> refused"
    `);
  });

  it("extended ids reach 15 bits", () => {
    expect(
      play(extended, [
        { kind: "composeDest", dest: 0x7fff, vector: 0xea, logical: true },
        { kind: "composeDest", dest: 0x8000, vector: 0xea, logical: true },
        { kind: "decode", addressLo: 0xfeeff020, addressHi: 0, data: 0x31 },
        { kind: "validate", addressLo: 0xfeeff020, addressHi: 0, iommu: false },
        { kind: "validate", addressLo: 0xfeeff020, addressHi: 1, iommu: false },
      ]),
    ).toMatchInlineSnapshot(`
      "composeDest dest=0x7fff vector=0xea logical=true -> message addressLo=0xfeefffe4
            addressHi=0x0 data=0xea
      composeDest dest=0x8000 vector=0xea logical=true -> refused
      decode addressLo=0xfeeff020 addressHi=0x0 data=0x31 -> decoded dest=0x1ff vector=0x31
            logical=false hint=false delivery=0
      validate addressLo=0xfeeff020 addressHi=0x0 iommu=false -> verdict valid=true
      validate addressLo=0xfeeff020 addressHi=0x1 iommu=false -> verdict valid=false"
    `);
  });

  it("Linux reduces a block to one vector", () => {
    expect(
      play({ ...base, vectorStart: 0x21, vectorEnd: 0x23 }, [
        { kind: "allocateVectors", device: 0, cpu: 0, count: 4 },
        { kind: "allocateVectors", device: 1, cpu: 0, count: 1 },
        { kind: "allocateVectors", device: 0, cpu: 0, count: 1 },
        { kind: "releaseVectors", device: 0 },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateVectors device=0 cpu=0 count=4 -> vectors base=0x21 size=1
          vectors[0.0x21] 1, device 0
      allocateVectors device=1 cpu=0 count=1 -> vectors base=0x22 size=1
          vectors[0.0x22] 1, device 1
      allocateVectors device=0 cpu=0 count=1 -> ENOSPC
      releaseVectors device=0 -> done"
    `);
  });
});

describe("Intel remapping", () => {
  it("an interrupt's life: the message never changes, every write is invalidated", () => {
    expect(
      play({ ...intel, tableEntries: 64 }, [
        { kind: "allocateIrtes", device: 0, irq: 0, count: 3, source: "msi" },
        { kind: "activate", device: 0, irq: 1, cpu: 2, vector: 0x41 },
        { kind: "setAffinity", device: 0, irq: 1, cpu: 3, vector: 0x42 },
        { kind: "inject", requester: 0x0010, addressLo: 0xfee00018, addressHi: 0, data: 1 },
        { kind: "inject", requester: 0x0110, addressLo: 0xfee00018, addressHi: 0, data: 1 },
        { kind: "inject", requester: 0x0010, addressLo: 0xfee03000, addressHi: 0, data: 0x41 },
        { kind: "free", device: 0, irq: 0 },
        { kind: "deactivate", device: 0, irq: 1 },
        { kind: "free", device: 0, irq: 0 },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateIrtes device=0 irq=0 count=3 source=msi -> allocated index=0
          table block[0] 4 entries, device 0 irq 0+3
      activate device=0 irq=1 cpu=2 vector=0x41 -> done
          table irq[0.1] active cpu=2 vector=0x41 0x0:0xfee00018=0x1
          table entry[1] 0x40010:0x40000410009
          did[0] store table=0 index=1 offset=0 words=0x40000410009
          did[1] store table=0 index=1 offset=8 words=0x40010
          did[2] invalidate table=0 index=1 count=1
          did[3] wait
          did[4] device device=0 irq=1
      setAffinity device=0 irq=1 cpu=3 vector=0x42 -> done
          table irq[0.1] active cpu=3 vector=0x42 0x0:0xfee00018=0x1
          table entry[1] 0x40010:0x60000420009
          did[0] store table=0 index=1 offset=0 words=0x60000420009
          did[4] release cpu=2 vector=65
      inject requester=0x10 addressLo=0xfee00018 addressHi=0x0 data=0x1 -> delivered dest=0x6
            vector=0x42 logical=false
          cached[0x0.1] 0x40010:0x60000420009
      inject requester=0x110 addressLo=0xfee00018 addressHi=0x0 data=0x1 -> fault
      inject requester=0x10 addressLo=0xfee03000 addressHi=0x0 data=0x41 -> fault
      free device=0 irq=0 -> EINVAL
      deactivate device=0 irq=1 -> done
          did[0] device device=0 irq=1
          did[1] store table=0 index=1 offset=0 words=0x0
          did[2] store table=0 index=1 offset=8 words=0x0
          did[3] invalidate table=0 index=1 count=1
          did[4] wait
      free device=0 irq=0 -> done
          did[0] store table=0 index=0 offset=0 words=0x0
          did[1] store table=0 index=0 offset=8 words=0x0
          did[2] store table=0 index=1 offset=0 words=0x0
          did[3] store table=0 index=1 offset=8 words=0x0
          did[4] store table=0 index=2 offset=0 words=0x0
          did[5] store table=0 index=2 offset=8 words=0x0
          did[6] store table=0 index=3 offset=0 words=0x0
          did[7] store table=0 index=3 offset=8 words=0x0
          did[8] invalidate table=0 index=0 count=4
          did[9] wait"
    `);
  });

  it("a posted entry is written in one store and back", () => {
    expect(
      play({ ...intel, tableEntries: 64 }, [
        { kind: "allocateIrtes", device: 0, irq: 0, count: 1, source: "msix" },
        { kind: "activate", device: 0, irq: 0, cpu: 1, vector: 0x41 },
        { kind: "post", device: 0, irq: 0, descriptor: 0x123456789abcdec0n, vector: 0x55 },
        { kind: "setAffinity", device: 0, irq: 0, cpu: 0, vector: 0x43 },
        { kind: "unpost", device: 0, irq: 0 },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateIrtes device=0 irq=0 count=1 source=msix -> allocated index=0
          table block[0] 1 entries, device 0 irq 0+1
      activate device=0 irq=0 cpu=1 vector=0x41 -> done
          table irq[0.0] active cpu=1 vector=0x41 0x0:0xfee00018=0x0
          table entry[0] 0x40010:0x20000410009
          did[0] store table=0 index=0 offset=0 words=0x20000410009
          did[1] store table=0 index=0 offset=8 words=0x40010
          did[2] invalidate table=0 index=0 count=1
          did[3] wait
          did[4] device device=0 irq=0
      post device=0 irq=0 descriptor=0x123456789abcdec0 vector=0x55 -> done
          table irq[0.0] posted cpu=1 vector=0x41 0x0:0xfee00018=0x0
          table entry[0] 0x1234567800040010:0x9abcdec000558001
          did[0] store table=0 index=0 offset=0 words=0x1234567800040010:0x9abcdec000558001
          did[1] invalidate table=0 index=0 count=1
          did[2] wait
      setAffinity device=0 irq=0 cpu=0 vector=0x43 -> done
          table irq[0.0] posted cpu=0 vector=0x43 0x0:0xfee00018=0x0
          did[0] release cpu=1 vector=65
      unpost device=0 irq=0 -> done
          table irq[0.0] active cpu=0 vector=0x43 0x0:0xfee00018=0x0
          table entry[0] 0x40010:0x430009
          did[0] store table=0 index=0 offset=0 words=0x40010:0x430009
          did[1] invalidate table=0 index=0 count=1
          did[2] wait"
    `);
  });

  it("refuses blocks for MSI-X, beyond MHMV, and in a full table", () => {
    expect(
      play({ ...intel, tableEntries: 4, mhmv: 1 }, [
        { kind: "allocateIrtes", device: 0, irq: 0, count: 2, source: "msix" },
        { kind: "allocateIrtes", device: 0, irq: 0, count: 3, source: "msi" },
        { kind: "allocateIrtes", device: 0, irq: 0, count: 2, source: "msi" },
        { kind: "allocateIrtes", device: 1, irq: 0, count: 1, source: "msi" },
        { kind: "allocateIrtes", device: 2, irq: 0, count: 2, source: "msi" },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateIrtes device=0 irq=0 count=2 source=msix -> EINVAL
      allocateIrtes device=0 irq=0 count=3 source=msi -> ENOMEM
      allocateIrtes device=0 irq=0 count=2 source=msi -> allocated index=0
          table block[0] 2 entries, device 0 irq 0+2
      allocateIrtes device=1 irq=0 count=1 source=msi -> allocated index=2
          table block[2] 1 entries, device 1 irq 0+1
      allocateIrtes device=2 irq=0 count=2 source=msi -> ENOMEM"
    `);
  });

  it("a new table is invalidated before remapping goes on", () => {
    expect(
      play(intel, [
        { kind: "disableRemapping" },
        { kind: "inject", requester: 0x10, addressLo: 0xfee03000, addressHi: 0, data: 0x41 },
        { kind: "enableRemapping", table: 0x100000n },
      ]),
    ).toMatchInlineSnapshot(`
      "disableRemapping -> done
          remapping off
          compatibility format passes
          did[0] register name=IRE
          did[1] wait
      inject requester=0x10 addressLo=0xfee03000 addressHi=0x0 data=0x41 -> delivered dest=0x3
            vector=0x41 logical=false
      enableRemapping table=0x100000 -> done
          remapping on
          compatibility format blocked
          did[0] register name=IRTA
          did[1] register name=SIRTP
          did[2] wait
          did[3] invalidateAll
          did[4] wait
          did[5] register name=IRE
          did[6] wait
          did[7] register name=CFI
          did[8] wait"
    `);
  });
});

describe("AMD remapping", () => {
  it("the message is an index; device table entries are written once", () => {
    expect(
      play(amdLegacy, [
        { kind: "allocateIrtes", device: 2, irq: 0, count: 3, source: "msi" },
        { kind: "allocateIrtes", device: 2, irq: 8, count: 1, source: "msix" },
        { kind: "activate", device: 2, irq: 1, cpu: 1, vector: 0x41 },
        { kind: "inject", requester: 0x0400, addressLo: 0xfee00000, addressHi: 0, data: 1 },
        { kind: "deactivate", device: 2, irq: 1 },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateIrtes device=2 irq=0 count=3 source=msi -> allocated index=0
          table 0x400 block[0] 3 entries, device 2 irq 0+3
          table 0x400 entry[0] 0xfffffffe
          table 0x400 entry[1] 0xfffffffe
          table 0x400 entry[2] 0xfffffffe
          dte[0x428] 0x0:0x2500000102000013:0x429:0x6000000200428803
          dte[0x400] 0x0:0x2500000102000013:0x401:0x6000000200400803
          did[0] dte requester=1064 before=0x0:0x500000000000000:0x429:0x6000000200428803
            after=0x0:0x2500000102000013:0x429:0x6000000200428803
          did[1] invalidateDte requester=1064
          did[2] wait
          did[3] dte requester=1024 before=0x0:0x500000000000000:0x401:0x6000000200400803
            after=0x0:0x2500000102000013:0x401:0x6000000200400803
          did[4] invalidateDte requester=1024
          did[5] wait
          did[6] store table=1024 index=0 offset=0 words=0xfffffffe
          did[7] store table=1024 index=1 offset=0 words=0xfffffffe
          did[8] store table=1024 index=2 offset=0 words=0xfffffffe
      allocateIrtes device=2 irq=8 count=1 source=msix -> allocated index=3
          table 0x400 block[3] 1 entries, device 2 irq 8+1
          table 0x400 entry[3] 0xfffffffe
          did[0] store table=1024 index=3 offset=0 words=0xfffffffe
      activate device=2 irq=1 cpu=1 vector=0x41 -> done
          table 0x400 irq[2.1] active cpu=1 vector=0x41 0x0:0xfee00000=0x1
          table 0x400 entry[1] 0x410201
          did[0] store table=1024 index=1 offset=0 words=0xef0001
          did[1] invalidate table=1024 index=0 count=512
          did[2] wait
          did[3] store table=1024 index=1 offset=0 words=0x410201
          did[4] invalidate table=1024 index=0 count=512
          did[5] wait
          did[6] device device=2 irq=1
      inject requester=0x400 addressLo=0xfee00000 addressHi=0x0 data=0x1 -> delivered dest=0x2
            vector=0x41 logical=false
          cached[0x400.1] 0x410201
      deactivate device=2 irq=1 -> done
          table 0x400 entry[1] 0x410200
          did[0] device device=2 irq=1
          did[1] store table=1024 index=1 offset=0 words=0x410200
          did[2] invalidate table=1024 index=0 count=512
          did[3] wait"
    `);
  });

  it("long entries take wide destinations; guest mode writes all 128 bits at once", () => {
    expect(
      play(amdGa, [
        { kind: "allocateIrtes", device: 4, irq: 12, count: 1, source: "msi" },
        { kind: "allocateIrtes", device: 0, irq: 0, count: 1, source: "msi" },
        { kind: "activate", device: 0, irq: 0, cpu: 3, vector: 0x41 },
        { kind: "post", device: 0, irq: 0, descriptor: 0xabcde12345000n, vector: 0x55 },
      ]),
    ).toMatchInlineSnapshot(`
      "allocateIrtes device=4 irq=12 count=1 source=msi -> allocated index=12
          table 0xa0 block[12] 1 entries, device 4 irq 12+1
          table 0xa0 entry[12] 0xff:0x0
          dte[0xa0] 0x0:0x2500000100500017:0xa1:0x60000002000a0803
          did[0] dte requester=160 before=0x0:0x500000000000000:0xa1:0x60000002000a0803
            after=0x0:0x2500000100500017:0xa1:0x60000002000a0803
          did[1] invalidateDte requester=160
          did[2] wait
          did[3] store table=160 index=12 offset=0 words=0xff:0x0
      allocateIrtes device=0 irq=0 count=1 source=msi -> allocated index=0
          table 0x10 block[0] 1 entries, device 0 irq 0+1
          table 0x10 entry[0] 0xff:0x0
          dte[0x10] 0x0:0x2500000100080017:0x11:0x6000000200010803
          did[0] dte requester=16 before=0x0:0x500000000000000:0x11:0x6000000200010803
            after=0x0:0x2500000100080017:0x11:0x6000000200010803
          did[1] invalidateDte requester=16
          did[3] store table=16 index=0 offset=0 words=0xff:0x0
      activate device=0 irq=0 cpu=3 vector=0x41 -> done
          table 0x10 irq[0.0] active cpu=3 vector=0x41 0x0:0xfee00004=0x0
          table 0x10 entry[0] 0x1200000000000041:0x34567801
          did[0] store table=16 index=0 offset=0 words=0xef:0x1
          did[1] invalidate table=16 index=0 count=2048
          did[3] store table=16 index=0 offset=0 words=0x1200000000000041:0x34567801
          did[4] invalidate table=16 index=0 count=2048
          did[5] wait
          did[6] device device=0 irq=0
      post device=0 irq=0 descriptor=0xabcde12345000 vector=0x55 -> done
          table 0x10 irq[0.0] posted cpu=3 vector=0x41 0x0:0xfee00004=0x0
          table 0x10 entry[0] 0x120abcde12345055:0x34567885
          did[0] store table=16 index=0 offset=0 words=0x120abcde12345055:0x34567885"
    `);
  });
});

describe("small tables, every state", () => {
  it("2 CPUs x 4 vectors without remapping; one AMD device with 4 entries", () => {
    const found = [0, 3].map((nth) => {
      const e = subsystem.explorations[nth];
      if (e === undefined) throw new Error("no such exploration");
      const { judged: clauses } = scopeOf(subsystem.clauses, e.level, subsystem.observables);
      return explore({ subsystem, ...e, clauses, commands: e.commands(e.config) } as never);
    });
    expect(found.map((r) => [r.states, r.complete, r.counterexample])).toEqual([
      [15129, true, undefined],
      [62, true, undefined],
    ]);
  });
});
