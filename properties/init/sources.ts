/** Where a repository keeps its kernel's sources. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isLeft } from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { parse } from "smol-toml";

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A name that means itself in a glob and in TOML. */
const plain = (name: string): boolean =>
  /^[\w.+-]+(\/[\w.+-]+)*$/.test(name) && !name.split("/").includes("..");

const Manifest = t.partial({
  workspace: t.partial({ members: t.array(t.string, "a list of members") }),
});

/** Members of the Cargo workspace at the root; a glob stands for the folder that it is in. */
const members = (repository: string): readonly string[] => {
  try {
    const decoded = Manifest.decode(parse(readFileSync(join(repository, "Cargo.toml"), "utf8")));
    if (isLeft(decoded)) return [];
    return (decoded.right.workspace?.members ?? [])
      .map((member) => member.replace(/^\.\//, "").replace(/\/(\*.*)?$/, ""))
      .filter((member) => plain(member) && isFolder(join(repository, member)));
  } catch {
    // Without a manifest, or with one that cargo would not take either, the folders must do.
    return [];
  }
};

const usual = ["kernel", "drivers", "src"];

/** Folders with kernel code, sorted, none inside another; empty: nothing was recognised. */
export const sourceFolders = (repository: string): readonly string[] => {
  const found = usual.filter((name) => isFolder(join(repository, name)));
  const all = [...new Set([...found, ...members(repository)])]
    .filter((name) => name !== ".")
    .sort();
  return all.filter((name) => !all.some((other) => name.startsWith(`${other}/`)));
};

export type Forge = "gitea" | "github" | "gitlab";

/** The forge whose job files are there already; Gitea where there are none. */
export const likelyForge = (repository: string): Forge => {
  const there = (path: string): boolean => existsSync(join(repository, path));
  if (there(".gitea") || there(".forgejo")) return "gitea";
  if (there(".github")) return "github";
  return there(".gitlab-ci.yml") ? "gitlab" : "gitea";
};
