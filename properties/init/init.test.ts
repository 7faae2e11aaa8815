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
import { checkExternal } from "../check/external.js";
import { readGateConfig } from "../gate/config.js";
import { cargo, missing, program, required, toolchains, why } from "../kits/cargo.js";
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
    for (const file of written.files) expect(existsSync(join(repo, file)), file).toBe(true);
  });

  test("no build products and no tests of the kit", () => {
    const { files } = initRepository({ ...all, repo: repository() });
    const kit = files.filter((file) => file.startsWith("redbear-spec/kit/"));
    expect(kit).toContain("redbear-spec/kit/src/lib.rs");
    expect(kit.filter((file) => /kit\/(target|tests|examples)\//.test(file))).toEqual([]);
  });

  test("every subsystem has a skeleton", () => {
    const { files, skeletons } = initRepository({ ...all, repo: repository() });
    expect(skeletons).toEqual(selectSkeletons([]));
    for (const { program: name } of skeletons) {
      expect(files).toContain(`redbear-spec/harness/src/bin/${name}.rs`);
    }
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

  test("a folder and an area that do not exist", () => {
    expect(() => initRepository({ ...all, repo: join(base, "none") })).toThrow(InputError);
    expect(() => initRepository({ ...all, repo: repository(), areas: ["irq/none"] })).toThrow(
      /expected one of/,
    );
  });
});

test("where tests run for good, cargo is there", () => {
  expect(missing && required, "cargo was not found: skeletons cannot be tested").toBe(false);
});

describe.skipIf(missing)(`skeletons as they are${why}`, () => {
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
      const [skeleton] = selectSkeletons([path]);
      if (skeleton === undefined) throw new Error(path);
      const traces = join(base, "traces");
      const options = { timeout: 10, level: "contract", seed: 7, runs: 8, traces } as const;
      const command = program(`debug/${skeleton.program}`);
      const report = await checkExternal(skeleton.subsystem, options, command);
      const clauses = report.areas[0]?.clauses.filter((c) => !c.id.startsWith("SYS-")) ?? [];
      const ids = (status: string) => clauses.filter((c) => c.status === status).map((c) => c.id);
      return { report, held: ids("held"), open: ids("not exercised enough") };
    };

    test.each([
      ["irq/vector-matrix/allocator", ["VEC-MATRIX-1", "VEC-MATRIX-3", "VEC-MATRIX-4"]],
      ["irq/msi-message", ["MSI-COMPOSE-1", "MSI-COMPOSE-4", "MSI-COMPOSE-7"]],
    ])("%s holds", async (path, expected) => {
      const { report, held } = await judge(path);
      expect(report.verdict).toBe("holds");
      expect(held).toEqual(expect.arrayContaining(expected));
    });

    test("irq/vector-matrix/assignment spreads evenly; nothing of it is violated", async () => {
      const { report, held, open } = await judge("irq/vector-matrix/assignment");
      expect(report.violations).toEqual([]);
      expect(held).toContain("VEC-AFF-1");
      // Judged in every state, and no state of a harness without interrupts has its subject.
      expect(open.filter((id) => id !== "VEC-MOVE-4-D")).toEqual([]);
    });
  });
});
