/** Rust in tests: builds with the cargo that is there, in one folder for all of them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../sut/fixtures/places.js";

export const kit = join(root, "properties/kits/rust");
export const noStd = join(root, "properties/kits/no-std");
export const example = join(root, "properties/examples/systems/rust");
/** Not committed, kept between runs. */
const target = join(kit, "target/tests");

export type Toolchain = { readonly cargo: string; readonly rustc: string; readonly name: string };

/** Cargo and rustc of one folder; the plain names are what PATH finds. */
const toolchainOf = (folder: string): Toolchain | undefined => {
  const [cargo, rustc] = ["cargo", "rustc"].map((name) => join(folder, name)) as [string, string];
  const version = spawnSync(rustc, ["--version"], { encoding: "utf8" });
  const known = version.status === 0 && spawnSync(cargo, ["--version"]).status === 0;
  return known ? { cargo, rustc, name: version.stdout.trim().split(" ")[1] as string } : undefined;
};

/** Those on PATH, the one that `cargo` means first, each version once. */
export const toolchains: readonly Toolchain[] = (process.env.PATH ?? "")
  .split(":")
  .filter((folder) => folder.startsWith("/"))
  .flatMap((folder) => toolchainOf(folder) ?? [])
  .filter((one, i, all) => all.findIndex(({ name }) => name === one.name) === i);

export const missing = toolchains.length === 0;
/** For the title of tests that are skipped. */
export const why = missing ? " (skipped: cargo was not found)" : "";
/** On a developer's machine it may be missing; where the project is tested for good it may not. */
export const required = process.env.CI !== undefined && process.env.CI !== "";

/** Runs cargo offline in a crate; warnings are errors. Answers all that it wrote. */
export const cargo = (
  crate: string,
  args: readonly string[],
  toolchain = toolchains[0] as Toolchain,
): { readonly ok: boolean; readonly text: string } => {
  const { cargo, rustc, name } = toolchain;
  const [verb, ...rest] = args as [string, ...string[]];
  const run = spawnSync(cargo, [verb, "--offline", ...rest], {
    cwd: crate,
    encoding: "utf8",
    env: {
      ...process.env,
      RUSTC: rustc,
      RUSTDOC: rustc.replace(/rustc$/, "rustdoc"),
      RUSTFLAGS: "-D warnings",
      CARGO_TARGET_DIR: join(target, name),
    },
  });
  return { ok: run.status === 0, text: `${run.stdout}${run.stderr}` };
};

/** Where a program of the newest build lies, quoted for a shell. */
export const program = (path: string): string =>
  `"${join(target, toolchains[0]?.name ?? "none", path)}"`;
