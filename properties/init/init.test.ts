import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../spec/core/decode.js";
import { DEADLINE_HIGH, DEADLINE_LOW } from "../../spec/hardware/local-apic/registers.js";
import * as platform from "../../spec/irq/domain/platform.js";
import {
  ALLOW_LEGACY,
  ALLOW_MSI,
  ALLOW_MSIX,
  FORCE_LEGACY,
  LINUX_NO_MSI,
  NO_MSI,
  NO_MSIX,
} from "../../spec/irq/driver/vocabulary.js";
import { START_CLOCKS } from "../../spec/irq/lapic-timer/vocabulary.js";
import { subsystems } from "../catalogue.js";
import { checkExternal } from "../check/external.js";
import { readGateConfig } from "../gate/config.js";
import { machine } from "../irq/domain/configs.js";
import { cargo, missing, program, required, toolchains, why } from "../kits/cargo.js";
import { root } from "../sut/fixtures/places.js";
import { FULL, long } from "../testing.js";
import { initRepository } from "./init.js";
import { selectSkeletons } from "./skeletons.js";
import { likelyForge, sourceFolders } from "./sources.js";

const base = mkdtempSync(join(tmpdir(), "redbear-spec-init-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let made = 0;
/** A repository with these files in it. */
const repository = (files: Readonly<Record<string, string>> = {}): string => {
  const repo = join(base, `kernel-${made++}`);
  mkdirSync(repo);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(repo, path, ".."), { recursive: true });
    writeFileSync(join(repo, path), text);
  }
  return repo;
};
const all = { areas: [], ci: "none", force: false } as const;

describe("what is written", () => {
  test("a configuration that the gate reads, with the areas that were asked for", () => {
    const repo = repository({ "kernel/src/lib.rs": "", "drivers/uart.rs": "" });
    const written = initRepository({ ...all, repo, areas: ["irq/vector-matrix"] });
    const text = readFileSync(join(repo, "redbear-spec.toml"), "utf8");
    const config = readGateConfig(text, "redbear-spec.toml", () => "");
    expect(config.areas.map((area) => area.subsystem)).toEqual([
      "irq/vector-matrix/allocator",
      "irq/vector-matrix/assignment",
    ]);
    expect(config.kernel.paths).toEqual(["drivers/**", "kernel/**"]);
    expect(config.areas[0]?.paths).toContain("kernel/**/*vector*.rs");
    expect(written.files).toContain("redbear-spec/harness/src/bin/vector-matrix-allocator.rs");
    expect(written.files).not.toContain("redbear-spec/harness/src/bin/msi-message.rs");
    expect(readFileSync(join(repo, "redbear-spec/harness/Cargo.toml"), "utf8")).toContain(
      'features = ["irq-vector-matrix-allocator", "irq-vector-matrix-assignment"]',
    );
    for (const file of written.files) expect(existsSync(join(repo, file)), file).toBe(true);
  });

  test("no build products and no tests of the kit", () => {
    const repo = repository();
    const { files } = initRepository({ ...all, repo });
    const kit = files.filter((file) => file.startsWith("redbear-spec/kit/"));
    expect(kit).toContain("redbear-spec/kit/src/lib.rs");
    expect(kit.filter((file) => /kit\/(target|tests|examples)\//.test(file))).toEqual([]);
    const manifest = readFileSync(join(repo, "redbear-spec/kit/Cargo.toml"), "utf8");
    expect(manifest).toContain('name = "redbear_spec"');
    expect(manifest).not.toContain("[[");
  });

  test("every subsystem has a skeleton, but for the hardware", () => {
    const repo = repository();
    const { files, skeletons } = initRepository({ ...all, repo });
    expect(skeletons).toEqual(selectSkeletons([]));
    expect(skeletons.map(({ subsystem }) => subsystem.path)).toEqual(
      subsystems.filter(({ hardware }) => hardware !== true).map(({ path }) => path),
    );
    for (const { program: name } of skeletons) {
      expect(files).toContain(`redbear-spec/harness/src/bin/${name}.rs`);
    }
    expect(readFileSync(join(repo, "redbear-spec.toml"), "utf8")).not.toContain("hardware/");
  });

  test("every skeleton says how it is judged, where a module goes and what is left out", () => {
    for (const { subsystem, program: name } of selectSkeletons([])) {
      const template = join(root, "properties/init/template/harness/src/bin", `${name}.rs`);
      const text = readFileSync(template, "utf8").replace(/\n *\/\/[/!]? /g, " ");
      const path = subsystem.path.split("/").join("::").replace(/-/g, "_");
      expect(text, name).toContain(`\`redbear-spec explain ${subsystem.path}\``);
      expect(text, name).toContain(`use redbear_spec::${path}::`);
      expect(text, name).toContain("PUT YOUR OWN MODULE HERE");
      expect(text, name).toContain("What you leave out is shown as not judged");
      const [, declared = ""] = /const COMMANDS[^=]*=\s*&\[([^\]]*)\]/.exec(text) ?? [];
      const commands = [...declared.matchAll(/"(\w+)"/g)].map(([, kind]) => kind);
      expect(commands.length, name).toBeGreaterThan(0);
      expect(subsystem.commandKinds, name).toEqual(expect.arrayContaining(commands));
    }
  });

  test("the page of the kit shows the register memory of a skeleton", () => {
    const page = readFileSync(join(root, "properties/kits/rust/README.md"), "utf8");
    const template = join(root, "properties/init/template/harness/src/bin/capability.rs");
    const code = readFileSync(template, "utf8").replace(/^ +/gm, "");
    const [, section = ""] = /\n## Registers\n([\s\S]*)$/.exec(page) ?? [];
    const blocks = [...section.matchAll(/```rust\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
    expect(blocks.length).toBe(2);
    for (const block of blocks) expect(code).toContain(block.replace(/^ +/gm, ""));
  });

  test("the page of the kit has the numbers of the suite", () => {
    const page = readFileSync(join(root, "properties/kits/rust/README.md"), "utf8");
    const said = page.slice(page.indexOf("## Numbers")).replace(/\s+/g, " ");
    const hex = (n: number): string => `0x${n.toString(16)}`;
    const table = (remapping: "intel" | "amd", requester: number): number =>
      platform.tableAddress({ ...machine(1, 2, []), remapping }, requester);
    const amd = table("amd", 0);
    for (const text of [
      `MSI capability at ${hex(platform.MSI_AT)},`,
      `MSI-X capability at ${hex(platform.MSIX_AT)},`,
      `commands at ${hex(platform.QUEUE_AT)}, ${platform.QUEUE_ENTRIES} entries`,
      `table of entries at ${hex(table("intel", 0))};`,
      `device table at ${hex(platform.DEVICE_TABLE_AT)},`,
      `requester r at ${hex(amd)} + r × ${hex(table("amd", 1) - amd)}.`,
      `begins at bus clock ${START_CLOCKS};`,
      `${hex(DEADLINE_HIGH)} its upper half, then ${hex(DEADLINE_LOW)} the lower one`,
      `flags ${FORCE_LEGACY} FORCE_LEGACY, ${NO_MSI} NO_MSI, ${NO_MSIX} NO_MSIX, ${LINUX_NO_MSI} `,
      `with ${ALLOW_MSIX} MSI-X, ${ALLOW_MSI} MSI, ${ALLOW_LEGACY} legacy.`,
    ]) {
      expect(said).toContain(text);
    }
  });

  test("programs are named by the path without its first part", () => {
    expect(selectSkeletons(["irq/domain"]).map(({ program: name }) => name)).toEqual([
      "domain",
      "domain-interleaving",
    ]);
  });

  test.each([
    ["gitea", ".gitea/workflows/redbear-spec.yml"],
    ["github", ".github/workflows/redbear-spec.yml"],
    ["gitlab", ".gitlab-ci.yml"],
  ] as const)("a CI job for %s", (ci, file) => {
    const repo = repository();
    expect(initRepository({ ...all, repo, ci }).ci).toEqual({ forge: ci, file, included: true });
    expect(readFileSync(join(repo, file), "utf8")).toContain("redbear-spec gate");
  });

  test("beside the jobs that GitLab has already", () => {
    const repo = repository({ ".gitlab-ci.yml": "build:\n  script: make\n" });
    const { ci } = initRepository({ ...all, repo, ci: "gitlab" });
    expect(ci).toEqual({ forge: "gitlab", file: ".gitlab/redbear-spec.yml", included: false });
    expect(readFileSync(join(repo, ".gitlab-ci.yml"), "utf8")).toBe("build:\n  script: make\n");
  });
});

describe("what is found", () => {
  test.each([
    ["folders", { "src/main.rs": "", "drivers/a.rs": "", "tools/x.py": "" }, ["drivers", "src"]],
    [
      "members of a workspace",
      {
        "Cargo.toml": '[workspace]\nmembers = ["core", "kernel/mm", "crates/*", "gone"]\n',
        "core/lib.rs": "",
        "kernel/mm/lib.rs": "",
        "crates/a/lib.rs": "",
      },
      ["core", "crates", "kernel"],
    ],
    ["nothing", { "Cargo.toml": "not = [toml", "readme.md": "" }, []],
  ])("%s", (_name, files, expected) => {
    expect(sourceFolders(repository(files))).toEqual(expected);
  });

  test("the forge", () => {
    expect(likelyForge(repository())).toBe("gitea");
    expect(likelyForge(repository({ ".github/CODEOWNERS": "" }))).toBe("github");
    expect(likelyForge(repository({ ".gitlab-ci.yml": "" }))).toBe("gitlab");
  });
});

describe("what is refused", () => {
  test("a file that is there, and then nothing is written", () => {
    const repo = repository({ "redbear-spec/waivers/README.md": "mine\n" });
    expect(() => initRepository({ ...all, repo })).toThrow(
      /waivers\/README\.md: is there already; --force overwrites it/,
    );
    expect(existsSync(join(repo, "redbear-spec.toml"))).toBe(false);
    initRepository({ ...all, repo, force: true });
    expect(readFileSync(join(repo, "redbear-spec/waivers/README.md"), "utf8")).not.toBe("mine\n");
  });

  test("a link that leads out of the repository, whatever is forced", () => {
    const repo = repository();
    const outside = repository();
    symlinkSync(outside, join(repo, "redbear-spec"));
    expect(() => initRepository({ ...all, repo, force: true })).toThrow(/expected a folder/);
    expect(existsSync(join(outside, "kit"))).toBe(false);
  });

  test("the hardware, for which no kernel has a module", () => {
    for (const area of ["hardware/machine", "hardware"]) {
      const areas = ["irq/msi-message", area];
      expect(() => initRepository({ ...all, repo: repository(), areas })).toThrow(
        `area: found "${area}", which is the hardware, expected code of a kernel: irq/`,
      );
    }
  });

  test("a folder and an area that do not exist", () => {
    expect(() => initRepository({ ...all, repo: join(base, "none") })).toThrow(InputError);
    expect(() => initRepository({ ...all, repo: repository(), areas: ["irq/none"] })).toThrow(
      /expected one of/,
    );
  });
});

/** What each skeleton shows to hold, among others. */
const shown: readonly (readonly [string, readonly string[]])[] = [
  ["irq/vector-matrix/allocator", ["VEC-MATRIX-1", "VEC-MATRIX-3", "VEC-MATRIX-4"]],
  ["irq/vector-matrix/assignment", ["VEC-AFF-1"]],
  ["irq/msi-message", ["MSI-COMPOSE-1", "MSI-COMPOSE-4", "MSI-COMPOSE-7"]],
  [
    "irq/capability",
    ["MSI-CAP-2", "MSI-CAP-3", "MSI-CAP-7", "MSI-CAP-9", "MSI-CAP-11", "MSI-PROG-1", "MSI-PROG-4"],
  ],
  ["irq/domain", ["DISP-1-E", "DISP-1-T", "DISP-2", "DISP-8", "DISP-9", "DISP-9-S"]],
  ["irq/domain/interleaving", [1, 2, 4, 5, 8, 16].map((n) => `IRQ-RACE-${n}`)],
  ["irq/lapic-timer", ["TMR-1", "TMR-2", "TMR-3", "TMR-5", "TMR-6", "TMR-7"]],
  ["irq/driver", ["DRV-1", "DRV-2", "DRV-4", "DRV-6", "DRV-7-N"]],
];

test("every skeleton is judged below", () => {
  expect(shown.map(([path]) => path).sort()).toEqual(
    selectSkeletons([])
      .map(({ subsystem }) => subsystem.path)
      .sort(),
  );
});

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: skeletons cannot be tested").toBe(false);
});

describe.skipIf(missing || !FULL)(`skeletons as they are${why}${long}`, () => {
  const harness = (): string => {
    // In the workspace of a kernel, which must not claim the harness.
    const repo = repository({ "Cargo.toml": '[workspace]\nmembers = ["kernel"]\n' });
    initRepository({ ...all, repo });
    return join(repo, "redbear-spec/harness");
  };

  test.each(toolchains)("are sound Rust for $name", (toolchain) => {
    const { ok, text } = cargo(harness(), ["check", "--locked"], toolchain);
    expect(ok, text).toBe(true);
  });

  describe("judged", () => {
    beforeAll(() => {
      const { ok, text } = cargo(harness(), ["build", "--locked"]);
      expect(ok, text).toBe(true);
    });

    const judge = async (path: string) => {
      const skeleton = selectSkeletons([path]).find(({ subsystem }) => subsystem.path === path);
      if (skeleton === undefined) throw new Error(path);
      const traces = join(base, "traces");
      const options = { timeout: 10, level: "contract", seed: 7, runs: 24, traces } as const;
      const command = program(`debug/${skeleton.program}`);
      const report = await checkExternal(skeleton.subsystem, options, command);
      const clauses = report.areas[0]?.clauses.filter((c) => !c.id.startsWith("SYS-")) ?? [];
      const ids = (status: string) => clauses.filter((c) => c.status === status).map((c) => c.id);
      return { report, held: ids("held"), open: ids("not exercised enough") };
    };

    test.each(shown)("%s: what it answers holds", async (path, expected) => {
      const { report, held, open } = await judge(path);
      expect(report.violations).toEqual([]);
      expect(held).toEqual(expect.arrayContaining([...expected]));
      expect(open).toEqual([]);
      expect(report.verdict).toBe("holds");
    });
  });
});
