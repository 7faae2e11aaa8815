import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { conformBuffer, conformFile } from "./conform.js";
import { loadRecord, recordNames, recordsFolder, taken } from "./testing.js";
import { conformText } from "./text.js";

const lines = (text: Buffer): string[] => text.toString("latin1").split("\n");
const bytes = (all: readonly string[]): Buffer => Buffer.from(all.join("\n"), "latin1");

describe("recorded traces of Linux 7.0.13", () => {
  it.each(recordNames)("%s: every event is explained", async (name) => {
    const path = join(recordsFolder(), `${name}.trace.gz`);
    const result = await conformFile(path, { shownAs: `${name}.trace.gz` });
    expect(result.violation).toBeUndefined();
    expect(result.verdict).toBe("holds");
    expect(result.unexplained).toBe(0);
    expect(result.unfinished).toEqual([]);
    for (const kind of result.kinds) {
      expect(kind.linux + kind.contract + kind.informational, kind.event).toBe(kind.seen);
    }
    const again = await conformFile(path, { shownAs: `${name}.trace.gz` });
    expect(conformText(again)).toBe(conformText(result));
  });

  it("counts events by kind and level", () => {
    const { name, text, sidecar } = loadRecord("msi-amd");
    const result = conformBuffer(name, text, sidecar);
    expect(result.kinds.filter((k) => k.contract > 0)).toEqual([
      {
        event: "irq_matrix_alloc",
        seen: 31,
        linux: 30,
        contract: 1,
        informational: 0,
        notJudged: 0,
      },
      { event: "vector_alloc", seen: 32, linux: 31, contract: 1, informational: 0, notJudged: 0 },
    ]);
    expect(result.kinds.filter((k) => k.informational > 0).map((k) => k.event)).toEqual([
      "tracing_mark_write",
    ]);
  });
});

describe("losses and gaps", () => {
  const record = loadRecord("vectors");

  it("a loss makes the rest inconclusive", () => {
    const all = lines(record.text);
    all.splice(2000, 0, "CPU:1 [LOST 12 EVENTS]");
    const result = taken(record, bytes(all));
    expect(result).toMatchObject({
      verdict: "inconclusive",
      spans: [
        { fromLine: 13, toLine: 2000, verdict: "holds" },
        { fromLine: 2001, verdict: "inconclusive", reason: "CPU 1 lost 12 events at line 2001" },
      ],
    });
  });

  it("an overwritten beginning makes all of it inconclusive", () => {
    const all = lines(record.text);
    all[2] = "# entries-in-buffer/entries-written: 6014/7014   #P:4";
    expect(taken(record, bytes(all))).toMatchObject({ verdict: "inconclusive" });
  });

  it("a jump of the clock is a gap", () => {
    const all = lines(record.text);
    all.splice(3000, 40);
    all[2] = "# entries-in-buffer/entries-written: 5974/5974   #P:4";
    const counts = { ...record.sidecar.event_counts };
    for (const line of lines(record.text).slice(3000, 3040)) {
      const name = /: ([a-z_]+):/.exec(line)?.[1] as string;
      counts[name] = ((counts[name] as number) - 1) as (typeof counts)[string];
    }
    const { trace_bytes: _, ...rest } = record.sidecar;
    const result = taken({ ...record, sidecar: { ...rest, event_counts: counts } }, bytes(all));
    expect(result).toMatchObject({ verdict: "inconclusive" });
  });

  it("a record that does not begin with the boot proves nothing", () => {
    const all = lines(record.text);
    all.splice(12, 500);
    all[2] = "# entries-in-buffer/entries-written: 5514/5514   #P:4";
    const result = taken(record, bytes(all));
    expect(result).toBe("input");
  });

  it("a violation before a loss stands", () => {
    const all = lines(record.text);
    const at = all.findIndex((line) => line.includes(" avl=200 "));
    all[at] = (all[at] as string).replace(" avl=200 ", " avl=201 ");
    all.splice(2000, 0, "CPU:1 [LOST 12 EVENTS]");
    expect(taken(record, bytes(all))).toMatchObject({ verdict: "violated" });
  });
});

const isNote = (line: string): boolean => line.includes(" tracing_mark_write: ");

describe("contradictions", () => {
  const record = loadRecord("msi-amd");

  it.each([
    ["a missing note", (all: string[]) => all.splice(all.findLastIndex(isNote), 1)],
    ["a doubled line", (all: string[]) => all.splice(700, 0, all[700] as string)],
    [
      "another number of entries",
      (all: string[]) => all.splice(2, 1, "# entries-in-buffer/entries-written: 1343/1343   #P:4"),
    ],
    [
      "more CPUs than buffers",
      (all: string[]) => all.splice(2, 1, "# entries-in-buffer/entries-written: 1342/1342   #P:8"),
    ],
  ])("%s", (_what, damage) => {
    const all = lines(record.text);
    damage(all);
    expect(taken(record, bytes(all))).toBe("input");
  });
});

describe("a violation", () => {
  const record = loadRecord("vectors");
  const mutate = (from: RegExp, to: string): Buffer => {
    const all = lines(record.text);
    const at = all.findIndex((line) => from.test(line));
    all[at] = (all[at] as string).replace(from, to);
    return bytes(all);
  };

  it("is explained with Linux and model side by side", () => {
    const text = mutate(/(irq_matrix_alloc: bit=3)5( cpu=2)/, "$17$2");
    const result = taken(record, text);
    if (result === "input") throw new Error("expected a violation");
    expect(
      conformText(result)
        .split("\n")
        .slice(result.kinds.length + 11)
        .map((line) => line.slice(0, 80)),
    ).toMatchInlineSnapshot(`
      [
        "  at       vectors.trace:3586, the furthest event reached",
        "  event    rec-204     [000] d.h3.         3603: irq_matrix_alloc: bit=37 cpu=2 ",
        "  why      irq_matrix_alloc: bit is 37, the model has 35",
        "",
        "  field        linux  model",
        "  bit          37     35   <- first difference",
        "  cpu          2      2",
        "  online       1      1",
        "  avl          197    197",
        "  alloc        4      4",
        "  managed      3      3",
        "  online_maps  2      2",
        "  global_avl   384    384",
        "  global_rsvd  12     12",
        "  total_alloc  18     18",
        "",
        "  the model could have done",
        "    cpu 0: online, available 187, allocated 14, lowest free 45, managed 3 (3 in ",
        "    cpu 1: offline, available 199, allocated 0, lowest free 35, managed 3 (0 in ",
        "    cpu 2: online, available 198, allocated 3, lowest free 35, managed 3 (3 in u",
        "    cpu 3: offline, available 199, allocated 0, lowest free 35, managed 3 (0 in ",
        "    all: available 385, reserved 12, allocated 17, online 2",
        "",
        "  before it",
        "    3578  rec-204     [000] ...1.         3595: tracing_mark_write: op identify ",
        "    3579  rec-204     [000] ...1.         3596: tracing_mark_write: res identify",
        "    3580  rec-204     [000] ...1.         3597: tracing_mark_write: op identify ",
        "    3581  rec-204     [000] ...1.         3598: tracing_mark_write: res identify",
        "    3582  rec-204     [000] ...1.         3599: tracing_mark_write: op affinity ",
        "    3583  rec-204     [000] ...1.         3600: tracing_mark_write: res affinity",
        "    3584  rec-204     [000] ...1.         3601: tracing_mark_write: op identify ",
        "    3585  rec-204     [000] d.h2.         3602: vec_setaff: (irq_do_set_affinity",
        "",
      ]
    `);
  });

  it("impossible values are violations", () => {
    const bit = taken(record, mutate(/(irq_matrix_alloc: bit=)35( cpu=2)/, "$1935$2"));
    expect(bit).toMatchObject({ verdict: "violated" });
    const cpu = taken(record, mutate(/\[002\](.*irq_matrix_reserve:)/, "[009]$1"));
    expect(cpu).toMatchObject({ verdict: "violated" });
  });
});
