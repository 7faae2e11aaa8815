/** The change under the gate: which commits, which files, and what both configurations say. */
import { InputError } from "../../spec/core/decode.js";
import { assignAreas } from "./areas.js";
import { changesOf } from "./changes.js";
import { CONFIG_FILE, type GateConfig, readGateConfig } from "./config.js";
import { applyPatches, PatchError } from "./patches.js";
import { fileAt, type Repo, type Revision, resolveRange, resolveRev } from "./repo.js";
import type { ChangedFile } from "./report.js";

export type ChangeOptions = {
  /** `A..B` or `A...B`. */
  readonly range?: string;
  readonly patches: readonly string[];
  /** What the patches apply to; HEAD unless told. */
  readonly base?: string;
  /** Place of the configuration in the repository. */
  readonly config?: string;
  readonly signal?: AbortSignal;
};

export type Change = {
  readonly base: Revision;
  readonly head: Revision;
  readonly files: readonly ChangedFile[];
  readonly config: GateConfig;
  /** Undefined: the base has none, so that nothing can be weaker than it. */
  readonly baseConfig: GateConfig | undefined;
};

/** An end of the change; without a commit where the patches do not apply. */
export type End = Omit<Revision, "commit"> & { readonly commit?: string };

export type Ends = { readonly base: Revision } & (
  | { readonly head: Revision; readonly refused?: undefined }
  | { readonly head: End; readonly refused: PatchError }
);

/** The two commits. Throws InputError for revisions that are none and files that are no patches. */
export const readEnds = async (repo: Repo, options: ChangeOptions): Promise<Ends> => {
  if (options.range !== undefined) {
    if (options.patches.length > 0) {
      throw new InputError({ file: "--patch" }, "does not go with --range; give one of them");
    }
    return resolveRange(repo, options.range);
  }
  if (options.patches.length === 0) {
    throw new InputError({ file: "gate" }, "expected --range A..B or --patch FILE");
  }
  const base = resolveRev(repo, options.base ?? "HEAD");
  try {
    return { base, head: await applyPatches(repo, base, options.patches, options.signal) };
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return { base, head: { name: options.patches.join(" "), subject: "" }, refused: error };
  }
};

const configAt = (repo: Repo, commit: string, file: string): GateConfig | undefined => {
  const text = fileAt(repo, commit, file);
  if (text === undefined) return undefined;
  return readGateConfig(text, file, (path) => {
    const named = fileAt(repo, commit, path);
    if (named === undefined) throw new InputError({ file: path }, "is not in the commit");
    return named;
  });
};

/** Throws InputError where the head's configuration cannot be read. */
export const readChange = async (
  repo: Repo,
  { base, head }: { readonly base: Revision; readonly head: Revision },
  options: ChangeOptions,
): Promise<Change> => {
  const file = options.config ?? CONFIG_FILE;
  const config = configAt(repo, head.commit, file);
  if (config === undefined) {
    throw new InputError(
      { file },
      `is not in ${head.name}, expected the gate's configuration; \`redbear-spec init\` writes one`,
    );
  }
  let baseConfig: GateConfig | undefined;
  try {
    baseConfig = configAt(repo, base.commit, file);
  } catch (error) {
    // What the base could not read it did not promise.
    if (!(error instanceof InputError)) throw error;
  }
  const changes = await changesOf(repo, base.commit, head.commit, options.signal);
  const commits = { base: base.commit, head: head.commit };
  const files = assignAreas(changes, config, (side, path) => fileAt(repo, commits[side], path));
  return { base, head, files, config, baseConfig };
};
