/** redbear-spec.toml for a repository that has none. */
import type { Skeleton } from "./skeletons.js";

const list = (texts: readonly string[]): string =>
  `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;

const areaText = ({ subsystem, program, files }: Skeleton, folders: readonly string[]): string => {
  const roots = folders.length === 0 ? [""] : folders.map((folder) => `${folder}/`);
  const paths = roots.flatMap((root) => files.map((file) => `${root}**/${file}`));
  return [
    "[[area]]",
    `subsystem = "${subsystem.path}"`,
    'level = "contract"    # "linux": every choice must be the one that Linux makes',
    `# Files whose change touches this area: check these against your tree.`,
    `paths = ${list(paths)}`,
    `run = "redbear-spec/harness/target/release/${program}"`,
    "timeout = 10          # seconds to answer",
    "",
  ].join("\n");
};

/** The text; `folders` are those with kernel code. */
export const configText = (skeletons: readonly Skeleton[], folders: readonly string[]): string => {
  const kernel = folders.length === 0 ? ["**/*.rs"] : folders.map((folder) => `${folder}/**`);
  return [
    "# What redbear-spec judges in this repository: `redbear-spec gate --range main..HEAD`.",
    "version = 1",
    "",
    "[kernel]",
    "# Kernel code. A changed file of it that no area claims is said loudly, and every area is run.",
    `paths = ${list(kernel)}`,
    'ignore = ["**/*.md"]',
    "",
    "[gate]",
    'build = "cargo build --release --offline --manifest-path redbear-spec/harness/Cargo.toml"',
    "build-timeout = 600   # seconds",
    "# Taken from the newer side of a change, also for judging the older one.",
    'harness = ["redbear-spec/**", "redbear-spec.toml"]',
    'regressions = "redbear-spec/regressions"',
    'waivers = "redbear-spec/waivers"',
    "",
    skeletons.map((skeleton) => areaText(skeleton, folders)).join("\n"),
  ].join("\n");
};
