import { describe, expect, it } from "vitest";
import type { Sidecar } from "../../traces/format/sidecar.js";
import { notRecorded } from "./coverage.js";
import type { ConformResult } from "./result.js";
import { type Loaded, loadRecord, taken } from "./testing.js";

const EVENT = /^(.{16}-\d+ +\[\d+\] \S+ +)(\d+): ([a-z_]+):/;

/** The record as the kernel would have printed it without these events. */
const without = ({ name, text, sidecar }: Loaded, ...names: readonly string[]): Loaded => {
  let dropped = 0;
  const lines = text
    .toString("latin1")
    .split("\n")
    .flatMap((line) => {
      const [all = "", head = "", time = "", event = ""] = EVENT.exec(line) ?? [];
      if (all === "") return [line];
      if (names.includes(event)) {
        dropped++;
        return [];
      }
      return [`${head}${Number(time) - dropped}: ${event}:${line.slice(all.length)}`];
    });
  const entries = (sidecar.event_counts.irq_matrix_assign_system ?? 0) > 0;
  expect(entries).toBe(true);
  const shorter = lines.map((line) =>
    line.replace(/(written: )(\d+)\/(\d+)/, (_all, lead: string, n: string) => {
      const left = Number(n) - dropped;
      return `${lead}${left}/${left}`;
    }),
  );
  const { trace_bytes: _bytes, ...rest } = sidecar;
  const left: Sidecar = {
    ...rest,
    event_counts: Object.fromEntries(
      Object.entries(rest.event_counts).filter(([event]) => !names.includes(event)),
    ),
    dynamic_events: (rest.dynamic_events ?? []).filter(
      (probe) => !names.some((event) => probe.includes(`/${event} `)),
    ),
  };
  return { name, text: Buffer.from(shorter.join("\n"), "latin1"), sidecar: left };
};

const outcome = (record: Loaded): ConformResult => {
  const result = taken(record, record.text);
  if (result === "input") throw new Error("refused as input");
  return result;
};

describe("probes that were not set", () => {
  it.each(["mx_al", "mx_am", "mx_rm", "mx_xm", "mx_rs", "mx_rr", "mx_on"])(
    "%s: the rest is followed without it",
    (event) => {
      for (const name of ["vectors", "msi-amd"]) {
        const record = without(loadRecord(name), event);
        expect(notRecorded(record.sidecar)).toEqual([]);
        expect(outcome(record).violation).toBeUndefined();
        expect(outcome(record).verdict).toBe("holds");
      }
    },
  );

  it.each(["vec_setaff", "vec_setaff_r", "msi_comp", "msi_wr", "mx_fr", "mx_off"])(
    "%s: never a violation",
    (event) => {
      const result = outcome(without(loadRecord("vectors"), event));
      expect(result.violation).toBeUndefined();
      expect(result.verdict).toBe("inconclusive");
      expect(result.spans[0]).toMatchObject({ verdict: "holds" });
    },
  );

  it("entries of a remapping unit", () => {
    const record = without(loadRecord("msi-intremap"), "ir_irte", "ir_comp");
    expect(notRecorded(record.sidecar)).toEqual(["remapping entries"]);
    expect(outcome(record)).toMatchObject({ verdict: "inconclusive", unexplained: 0 });
    const half = without(loadRecord("msi-amd"), "ir_gaact");
    expect(notRecorded(half.sidecar)).toEqual(["ir_gaact"]);
  });

  it("the node of an interrupt, where there are several", () => {
    const { sidecar } = loadRecord("vectors");
    const machine = "qemu-system-x86_64 -smp 4 -numa node,cpus=0-1 -numa node,cpus=2-3";
    expect(notRecorded({ ...sidecar, qemu_command: machine })).toEqual([
      "the NUMA node of an interrupt",
    ]);
  });

  it("isolated CPUs, which managed interrupts avoid", () => {
    const { sidecar } = loadRecord("vectors");
    const line = `${sidecar.kernel_command_line} isolcpus=managed_irq,domain,2-3`;
    expect(notRecorded({ ...sidecar, kernel_command_line: line })).toHaveLength(1);
    const domain = `${sidecar.kernel_command_line} isolcpus=2-3`;
    expect(notRecorded({ ...sidecar, kernel_command_line: domain })).toEqual([]);
  });

  it("a difference in a full record stays a violation", () => {
    const { name, text, sidecar } = loadRecord("vectors");
    expect(notRecorded(sidecar)).toEqual([]);
    const wrong = Buffer.from(
      text.toString("latin1").replace("avl=200 alloc=1", "avl=199 alloc=1"),
    );
    expect(taken({ name, text, sidecar }, wrong)).toMatchObject({ verdict: "violated" });
  });
});

describe("tracepoints that were not enabled", () => {
  const { sidecar } = loadRecord("vectors");
  const enabled = (list: string): readonly string[] =>
    notRecorded({ ...sidecar, kernel_command_line: `quiet trace_event=${list} panic=-1` });

  it("are told by trace_event=", () => {
    expect(enabled("irq_matrix:*,irq_vectors:*")).toEqual([]);
    expect(enabled("irq_matrix,irq_vectors")).toEqual([]);
    expect(enabled("irq_vectors:*,irq_matrix:irq_matrix_alloc")).toContain("irq_matrix_free");
    expect(enabled("irq_matrix:*,vector_setup")).toContain("vector_alloc");
    expect(enabled("irq_matrix:*,vector_setup")).not.toContain("vector_setup");
    expect(notRecorded({ ...sidecar, kernel_command_line: "quiet" })).toEqual([]);
  });
});
