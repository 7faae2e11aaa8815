/** `init`: what a kernel repository needs to be judged, written into it. It runs as it is. */
import { lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../spec/core/decode.js";
import { featureOf } from "../kits/generate/features.js";
import { vendoredKit } from "../kits/vendored.js";
import { packageRoot } from "../root.js";
import { configText } from "./config-text.js";
import { type Skeleton, selectSkeletons } from "./skeletons.js";
import { type Forge, likelyForge, sourceFolders } from "./sources.js";

export type InitOptions = {
  readonly repo: string;
  /** Subsystems, by path or prefix; all unless told. */
  readonly areas: readonly string[];
  /** Undefined: the forge whose files are there already. */
  readonly ci?: Forge | "none";
  /** Overwrite files. */
  readonly force: boolean;
};

export type Written = {
  /** Paths inside the repository, in the order of writing. */
  readonly files: readonly string[];
  readonly skeletons: readonly Skeleton[];
  /** The folders that kernel code was found in. */
  readonly sources: readonly string[];
  /** Where the CI job is; undefined: there is none. */
  readonly ci?: { readonly forge: Forge; readonly file: string; readonly included: boolean };
};

const jobFile = (repo: string, forge: Forge): { file: string; included: boolean } => {
  if (forge !== "gitlab") return { file: `.${forge}/workflows/redbear-spec.yml`, included: true };
  // GitLab has one file for all jobs; where there is one, it includes ours.
  const taken = lstatSync(join(repo, ".gitlab-ci.yml"), { throwIfNoEntry: false }) !== undefined;
  return { file: taken ? ".gitlab/redbear-spec.yml" : ".gitlab-ci.yml", included: !taken };
};

/** The harness's Cargo.toml: the kit compiles the words of these areas alone. */
const manifest = (template: string, skeletons: readonly Skeleton[]): string => {
  const features = skeletons.map(({ subsystem }) => `"${featureOf(subsystem.path)}"`).sort();
  const text = readFileSync(join(template, "Cargo.toml"), "utf8");
  return text.replace('features = ["all"]', `features = [${features.join(", ")}]`);
};

const harnessFiles = (root: string, skeletons: readonly Skeleton[]): [string, Buffer][] => {
  const template = join(root, "properties/init/template/harness");
  const copy = (name: string): [string, Buffer] => [
    `redbear-spec/harness/${name}`,
    readFileSync(join(template, name)),
  ];
  return [
    ["redbear-spec/harness/Cargo.toml", Buffer.from(manifest(template, skeletons))],
    ...["Cargo.lock", "rustfmt.toml"].map(copy),
    // npm leaves files of this name out of what it packs.
    ["redbear-spec/harness/.gitignore", Buffer.from("target/\n")],
    ...skeletons.map(({ program }) => copy(`src/bin/${program}.rs`)),
  ];
};

const REGRESSIONS =
  "Traces (`*.jsonl`) that must never break again: the gate runs each of them on every change.\n";
const WAIVERS =
  "Accepted violations, one `NAME.toml` each: area, clause, shape, reason, owner, expires.\n";

const contents = (
  root: string,
  options: InitOptions,
  skeletons: readonly Skeleton[],
  sources: readonly string[],
): Map<string, Buffer> => {
  return new Map([
    ["redbear-spec.toml", Buffer.from(configText(skeletons, sources))],
    ...harnessFiles(root, skeletons),
    ...[...vendoredKit(root)].map(([name, content]): [string, Buffer] => [
      `redbear-spec/kit/${name}`,
      content,
    ]),
    ["redbear-spec/regressions/README.md", Buffer.from(REGRESSIONS)],
    ["redbear-spec/waivers/README.md", Buffer.from(WAIVERS)],
    ...jobs(root, options),
  ]);
};

const jobs = (root: string, options: InitOptions): [string, Buffer][] => {
  const forge = options.ci ?? likelyForge(options.repo);
  if (forge === "none") return [];
  const text = readFileSync(join(root, `properties/examples/ci/${forge}.yml`));
  return [[jobFile(options.repo, forge).file, text]];
};

/** Refuses what would be overwritten, or would be written somewhere else through a link. */
const refuse = (repo: string, paths: Iterable<string>, force: boolean): void => {
  for (const path of paths) {
    const parts = path.split("/");
    for (let n = 1; n <= parts.length; n++) {
      const file = join(repo, ...parts.slice(0, n));
      const stat = lstatSync(file, { throwIfNoEntry: false });
      if (stat === undefined) break;
      if (n < parts.length) {
        if (!stat.isDirectory()) throw new InputError({ file }, "is there, expected a folder");
      } else if (!stat.isFile()) {
        throw new InputError({ file }, "is there, and is no plain file");
      } else if (!force) {
        throw new InputError({ file }, "is there already; --force overwrites it");
      }
    }
  }
};

/** Writes everything, or nothing where something stands in the way. Throws InputError. */
export const initRepository = (options: InitOptions): Written => {
  const { repo } = options;
  if (statSync(repo, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InputError({ file: "--repo" }, `found "${repo}", expected a folder`);
  }
  const skeletons = selectSkeletons(options.areas);
  const sources = sourceFolders(repo);
  const forge = options.ci ?? likelyForge(repo);
  const ci = forge === "none" ? undefined : { forge, ...jobFile(repo, forge) };
  const files = contents(packageRoot(), options, skeletons, sources);
  refuse(repo, files.keys(), options.force);
  for (const [path, content] of files) {
    const file = join(repo, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    } catch {
      throw new InputError({ file }, "cannot be written");
    }
  }
  return { files: [...files.keys()], skeletons, sources, ...(ci === undefined ? {} : { ci }) };
};
