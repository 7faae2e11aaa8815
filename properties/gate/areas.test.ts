import { describe, expect, it } from "vitest";
import { assignAreas, type Change, type ReadSide, touchedAreas } from "./areas.js";
import { readGateConfig } from "./config.js";
import { CONFIG } from "./fixtures/repository.js";

const VECTORS = "irq/vector-matrix/allocator";
const MESSAGES = "irq/msi-message";
const config = readGateConfig(CONFIG, "redbear-spec.toml", () => "");
const change = (path: string, more: Partial<Change> = {}): Change => ({
  path,
  status: "modified",
  added: 1,
  removed: 1,
  binary: false,
  hunks: [],
  ...more,
});
const nothing: ReadSide = () => undefined;
const assigned = (changes: readonly Change[], read: ReadSide = nothing) =>
  assignAreas(changes, config, read);
const one = (path: string, more: Partial<Change> = {}, read: ReadSide = nothing) => {
  const [file] = assigned([change(path, more)], read);
  return { role: file?.role, areas: file?.areas };
};

describe("what a changed file is", () => {
  const all = [VECTORS, MESSAGES];
  it.each([
    ["kernel/src/irq/vector.rs", "kernel", [VECTORS]],
    ["kernel/src/irq/vector_matrix.rs", "kernel", [VECTORS]],
    ["kernel/src/irq/msi.rs", "kernel", [MESSAGES]],
    ["kernel/src/sched.rs", "unmapped", []],
    ["drivers/.hidden/x.c", "unmapped", []],
    ["drivers/[x]*?.c", "unmapped", []],
    ["kernel/src/irq/README.md", "other", []],
    ["docs/x.rs", "other", []],
    ["kernels/x", "other", []],
    ["redbear-spec.toml", "configuration", all],
    ["redbear-spec/harness/src/main.rs", "harness", all],
    ["redbear-spec/regressions/README.md", "harness", all],
    ["redbear-spec/regressions/a/b.jsonl", "regression", []],
    ["redbear-spec/waivers/x.toml", "waiver", []],
  ])("%s is %s", (path, role, areas) => {
    expect(one(path)).toEqual({ role, areas });
  });

  it("counts a renamed file by both names", () => {
    const away = { status: "renamed", from: "kernel/src/irq/vector.rs" } as const;
    expect(one("kernel/src/apic.rs", away)).toEqual({ role: "kernel", areas: [VECTORS] });
    expect(one("docs/apic.rs", away)).toEqual({ role: "kernel", areas: [VECTORS] });
    expect(one("kernel/src/irq/msi.rs", away).areas).toEqual([VECTORS, MESSAGES]);
    const out = { status: "renamed", from: "kernel/src/sched.rs" } as const;
    expect(one("attic/sched.rs", out).role).toBe("unmapped");
    const gone = { status: "renamed", from: "redbear-spec/harness/x.rs" } as const;
    expect(one("attic/x.rs", gone).role).toBe("harness");
  });

  it("reads of which area a regression or a waiver speaks, at either end", () => {
    const trace = `{"redbear-spec-trace":1,"subsystem":"${MESSAGES}"}\n{"command":{}}\n`;
    const side =
      (want: string, text: string): ReadSide =>
      (at) =>
        at === want ? text : undefined;
    const regression = (read: ReadSide) => one("redbear-spec/regressions/x.jsonl", {}, read).areas;
    expect(regression(side("head", trace))).toEqual([MESSAGES]);
    expect(regression(side("base", trace))).toEqual([MESSAGES]);
    for (const text of ["", "{", "[]", "null", '{"subsystem":1}', '{"subsystem":"irq/gone"}\n']) {
      expect(regression(side("head", text)), text).toEqual([]);
    }
    const waiver = (text: string) =>
      one("redbear-spec/waivers/x.toml", {}, side("base", text)).areas;
    expect(waiver(`area = "${VECTORS}"\n`)).toEqual([VECTORS]);
    expect(waiver("area = ")).toEqual([]);
  });

  it("knows a configuration file by who uses it", () => {
    const text = `${CONFIG}configs = ["redbear-spec/configs/m.json"]\n`;
    // Its content is checked elsewhere; here it is only a name.
    const own = {
      ...config,
      areas: config.areas.map((area) => ({
        ...area,
        configs:
          area.subsystem === MESSAGES ? [{ name: "redbear-spec/configs/m.json", value: 0 }] : [],
      })),
    };
    expect(text).toContain("m.json");
    const [file] = assignAreas([change("redbear-spec/configs/m.json")], own, nothing);
    expect(file).toMatchObject({ role: "configuration", areas: [MESSAGES] });
  });
});

describe("what is judged", () => {
  const touched = (...paths: string[]) => {
    const { areas, warnings } = touchedAreas(assigned(paths.map((path) => change(path))), config);
    return { areas: areas.map((t) => [t.area.subsystem, t.touched, t.because]), warnings };
  };

  it("is what the files touch, with the reason", () => {
    expect(touched("kernel/src/irq/vector.rs", "docs/x")).toEqual({
      areas: [[VECTORS, true, "changes kernel/src/irq/vector.rs"]],
      warnings: [],
    });
    const many = ["a", "b", "c", "d", "e"].map((x) => `kernel/src/irq/vector_${x}.rs`);
    expect(touched(...many).areas[0]?.[2]).toBe(
      `changes ${many.slice(0, 3).join(", ")} and 2 more`,
    );
  });

  it("is nothing for documentation alone", () => {
    expect(touched("README.md", "kernel/notes.md")).toEqual({ areas: [], warnings: [] });
    expect(touched()).toEqual({ areas: [], warnings: [] });
  });

  it("is everything for a kernel file that no area claims, said loudly", () => {
    const found = touched("kernel/src/sched.rs", "kernel/src/irq/msi.rs");
    expect(found.areas).toEqual([
      [VECTORS, false, "no area claims kernel/src/sched.rs"],
      [MESSAGES, true, "changes kernel/src/irq/msi.rs"],
    ]);
    expect(found.warnings).toEqual([
      "no area claims kernel/src/sched.rs: every area is judged; " +
        "name it in the paths of an area, or in kernel.ignore",
    ]);
  });

  it("is everything for the harness and the configuration", () => {
    expect(touched("redbear-spec/harness/a.rs", "redbear-spec.toml").areas).toEqual(
      [VECTORS, MESSAGES].map((area) => [
        area,
        true,
        "changes the harness: redbear-spec/harness/a.rs; " +
          "changes the configuration: redbear-spec.toml",
      ]),
    );
  });
});
