import { describe, expect, test } from "vitest";
import { type AreaConfig, type GateConfig, readGateConfig } from "./config.js";
import { configBlockers, deletedRegressions, weakerConfig } from "./loss.js";
import type { ChangedFile } from "./report.js";

const text = `
version = 1
[kernel]
paths = ["kernel/**"]
[[area]]
subsystem = "irq/vector-matrix/allocator"
level = "linux"
paths = ["kernel/irq/**"]
run = "harness"
requires = ["alloc", "free"]
observes = ["maps"]
[[area]]
subsystem = "irq/msi-message"
level = "contract"
paths = ["kernel/msi.rs"]
run = "harness"
`;
const base = readGateConfig(text, "redbear-spec.toml", () => "");
const files = ["kernel/irq/vector.rs", "kernel/irq/mod.rs", "kernel/msi.rs", "docs/irq.md"];

const withArea = (n: number, part: Partial<AreaConfig>): GateConfig => ({
  ...base,
  areas: base.areas.map((area, i) => (i === n ? { ...area, ...part } : area)),
});
const weaker = (head: GateConfig): string[] => weakerConfig(base, head, files).map((w) => w.text);

describe("a configuration", () => {
  test("that asks the same, or more, is not weaker", () => {
    expect(weaker(base)).toEqual([]);
    expect(weaker(withArea(1, { level: "linux", requires: ["compose"] }))).toEqual([]);
    expect(configBlockers(undefined, base, files)).toEqual([]);
  });
  test.each([
    [{ level: "contract" } as const, "its level falls from linux to contract"],
    [{ requires: ["alloc"] }, "commands no longer required: free"],
    [{ observes: [] }, "observables no longer required: maps"],
    [{ paths: ["kernel/irq/mod.rs"] }, 'no longer claims "kernel/irq/vector.rs"'],
  ])("with %j is weaker", (part, expected) => {
    expect(weaker(withArea(0, part))).toEqual([expected]);
  });
  test("that leaves an area out is weaker", () => {
    expect(weakerConfig(base, { ...base, areas: base.areas.slice(0, 1) }, files)).toEqual([
      { area: "irq/msi-message", text: "the area is left out" },
    ]);
  });
  test("that leaves one of the area's own configurations out is weaker", () => {
    const had = withArea(0, { configs: [{ name: "big.json", value: {} }] });
    expect(weakerConfig(had, base, files).map((w) => w.text)).toEqual([
      'configurations left out: "big.json"',
    ]);
  });
  test("that calls kernel code something else is weaker", () => {
    const head = { ...base, kernel: { paths: ["kernel/**"], ignore: ["kernel/irq/*"] } };
    expect(weaker(head)).toEqual([
      'no longer kernel code: "kernel/irq/vector.rs", "kernel/irq/mod.rs"',
    ]);
  });
  test("that gives up a claim on a file that is gone is not weaker", () => {
    const head = withArea(1, { paths: ["kernel/message.rs"] });
    expect(weakerConfig(base, head, ["kernel/message.rs"])).toEqual([]);
  });
});

describe("a regression trace", () => {
  const file = (part: Partial<ChangedFile>): ChangedFile => ({
    path: "redbear-spec/regressions/a.jsonl",
    status: "modified",
    areas: [],
    added: 0,
    removed: 0,
    binary: false,
    hunks: [],
    role: "regression",
    ...part,
  });
  test("is lost when deleted or moved away, and not when renamed in its folder or changed", () => {
    const from = "redbear-spec/regressions/a.jsonl";
    const changed = [
      file({}),
      file({ status: "deleted" }),
      file({ status: "renamed", from, path: "redbear-spec/regressions/irq/b.jsonl" }),
      file({ status: "renamed", from: "redbear-spec/regressions/c.jsonl", path: "docs/c.jsonl" }),
      file({
        status: "renamed",
        from: "redbear-spec/regressions/d.jsonl",
        path: "redbear-spec/regressions/d.txt",
      }),
      file({ status: "deleted", path: "redbear-spec/regressions/README.md" }),
    ];
    expect(deletedRegressions(changed, base, base)).toEqual([
      "redbear-spec/regressions/a.jsonl",
      "redbear-spec/regressions/c.jsonl",
      "redbear-spec/regressions/d.jsonl",
    ]);
  });
});
