/** Makes the repository of the example kernel, the same commits every time. */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../../../spec/core/decode.js";
import { vendoredKit } from "../../kits/vendored.js";
import { packageRoot } from "../../root.js";
import { type Case, stories } from "./cases.js";
import { git, History } from "./history.js";
import { change, type Story } from "./story.js";
import { type Content, readTree } from "./tree.js";

export type Cases = {
  /** The kernel's git repository; its branch `main` is the first commit. */
  readonly repository: string;
  /** Folder with a folder of patch files for each case that has any. */
  readonly patches: string;
  readonly cases: readonly Case[];
};

export type MakeOptions = {
  /**
   * Hooks, filters and helper programs in the repository's own settings, all of which would leave
   * a file `pwned-…` beside it. None of them may run.
   */
  readonly hostile?: boolean;
};

const firstFiles = (): Map<string, Content> => {
  const root = packageRoot();
  const files = readTree(join(root, "properties/examples/kernel/tree"), ["target"]);
  for (const [path, content] of vendoredKit(root)) {
    files.set(`redbear-spec/kit/${path}`, content);
  }
  // npm leaves files of this name out of what it packs.
  files.set(".gitignore", "target/\n");
  files.set("redbear-spec/harness/.gitignore", "target/\n");
  return files;
};

const HOOKS = [
  ...["post-checkout", "post-commit", "post-merge", "post-rewrite", "pre-auto-gc", "pre-commit"],
  ...["reference-transaction", "applypatch-msg", "pre-applypatch", "post-applypatch"],
  ...["post-index-change", "fsmonitor-watchman", "pre-rebase", "update", "post-update"],
];

const SETTINGS = [
  ...["filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command"],
  ...["diff.evil.textconv", "diff.external", "merge.evil.driver", "core.fsmonitor"],
  ...["core.pager", "core.editor", "core.sshCommand", "gpg.program", "uploadpack.packObjectsHook"],
  ...[
    "credential.helper",
    "core.alternateRefsCommand",
    "sequence.editor",
    "interactive.diffFilter",
  ],
];

const makeHostile = (repository: string): void => {
  const beside = resolve(repository, "..");
  const hooks = join(repository, ".git", "hooks");
  mkdirSync(hooks, { recursive: true });
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  for (const name of HOOKS) {
    const file = join(hooks, name);
    writeFileSync(file, `#!/bin/sh\ntouch ${quote(join(beside, `pwned-${name}`))}\n`);
    chmodSync(file, 0o755);
  }
  for (const name of SETTINGS) {
    const program = join(hooks, `setting-${name}`);
    writeFileSync(program, `#!/bin/sh\ntouch ${quote(join(beside, `pwned-${name}`))}\ncat\n`);
    chmodSync(program, 0o755);
  }
  // Written as one text: setting them one by one would already run the first.
  const text = SETTINGS.map((name) => {
    const parts = name.split(".");
    const section = parts.length === 3 ? `${parts[0]} "${parts[1]}"` : parts[0];
    const value = JSON.stringify(quote(join(hooks, `setting-${name}`)));
    return `[${section}]\n\t${parts.at(-1)} = ${value}\n`;
  }).join("");
  writeFileSync(join(repository, ".git", "config"), text, { flag: "a" });
};

const writePatches = (repository: string, folder: string, story: Story): readonly string[] => {
  if (story.as === undefined || story.as === "range") return [];
  const out = join(folder, story.name);
  mkdirSync(out, { recursive: true });
  const range = `base/${story.name}..head/${story.name}`;
  const format = ["format-patch", "--quiet", "--no-signature", "--zero-commit", "--binary"];
  git(repository, [...format, "--full-index", "--no-renames", "--output-directory", out, range]);
  return readdirSync(out)
    .sort()
    .map((name) => join(out, name));
};

/** Writes `kernel/`, a repository, and `patches/` into a folder, which must not have them yet. */
export const makeKernel = (folder: string, options: MakeOptions = {}): Cases => {
  const repository = resolve(folder, "kernel");
  const patches = resolve(folder, "patches");
  for (const path of [repository, patches]) {
    if (existsSync(path)) throw new InputError({ file: path }, "is there already");
  }
  mkdirSync(repository, { recursive: true });
  mkdirSync(patches, { recursive: true });
  git(repository, ["init", "--quiet", "--object-format=sha1", "--template=", "."]);
  git(repository, ["symbolic-ref", "HEAD", "refs/heads/main"]);

  const history = new History();
  const first = firstFiles();
  const main = history.commit(
    undefined,
    change("A small kernel under redbear-spec", (files) => {
      for (const [path, content] of first) files.set(path, content);
    }),
  );
  history.name("refs/heads/main", main);
  for (const story of stories) {
    const base = history.commits(main, story.base ?? []);
    history.name(`refs/heads/base/${story.name}`, base);
    history.name(`refs/heads/head/${story.name}`, history.commits(base, story.head));
  }
  history.import(repository);
  git(repository, ["reset", "--quiet", "--hard", "main"]);

  const cases = stories.map((story): Case => {
    const { name, shows, as, expected } = story;
    return {
      name,
      shows,
      base: `base/${name}`,
      head: `head/${name}`,
      patches: writePatches(repository, patches, story),
      patchBase: as === "main" ? "main" : `base/${name}`,
      patchesOnly: as === "main",
      ...expected,
    };
  });
  if (options.hostile === true) makeHostile(repository);
  return { repository, patches, cases };
};
