/** What changed between two commits. Names are data: read NUL-separated, never from a listing. */
import type { Change } from "./areas.js";
import { fields, git, gitStream } from "./git.js";
import { pathText } from "./paths.js";
import { type Repo, scratchPlace } from "./repo.js";

type Raw = {
  readonly status: Change["status"];
  readonly from?: Buffer;
  readonly path: Buffer;
  /** Blocks that the file has in the patch: a file that becomes a link has two. */
  readonly blocks: number;
};

type Hunk = Change["hunks"][number];

/** Common to all three readings, so that they list the same files in the same order. */
const DIFF = ["-r", "--no-ext-diff", "--no-textconv", "--find-renames", "--no-color"];

/** Every file that differs, in git's order, with its changed lines at head. */
export const changesOf = async (
  repo: Repo,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<Change[]> => {
  const place = scratchPlace(repo);
  const ends = [base, head];
  const raws = readRaw(git(place, ["diff-tree", ...DIFF, "-z", "--raw", ...ends]).stdout);
  const counts = readCounts(git(place, ["diff-tree", ...DIFF, "-z", "--numstat", ...ends]).stdout);
  const reader = new HunkReader();
  await gitStream(place, ["diff-tree", ...DIFF, "-p", "-U0", ...ends], {
    onOutput: (piece) => reader.take(piece),
    ...(signal === undefined ? {} : { signal }),
  });
  const blocks = reader.end();
  let block = 0;
  return raws.map((raw, i): Change => {
    const count = counts[i];
    const hunks = blocks.slice(block, block + raw.blocks).flat();
    block += raw.blocks;
    return {
      path: pathText(raw.path),
      ...(raw.from === undefined ? {} : { from: pathText(raw.from) }),
      status: raw.status,
      added: count?.added ?? 0,
      removed: count?.removed ?? 0,
      binary: count?.binary ?? false,
      hunks: raw.status === "deleted" ? [] : hunks,
    };
  });
};

const statuses: Readonly<Record<string, Change["status"]>> = {
  A: "added",
  C: "added",
  D: "deleted",
  M: "modified",
  T: "modified",
  R: "renamed",
};

/** `:100644 100644 OLD NEW M`, NUL, name, for a rename NUL, new name. */
const readRaw = (output: Buffer): Raw[] => {
  const parts = fields(output);
  const raws: Raw[] = [];
  for (let i = 0; i < parts.length; ) {
    const letter = parts[i]?.toString("latin1").split(" ")[4]?.[0] ?? "M";
    const status = statuses[letter] ?? "modified";
    const blocks = letter === "T" ? 2 : 1;
    const name = parts[i + 1] as Buffer;
    if (letter === "R" || letter === "C") {
      raws.push({ status, from: name, path: parts[i + 2] as Buffer, blocks });
      i += 3;
    } else {
      raws.push({ status, path: name, blocks });
      i += 2;
    }
  }
  return raws;
};

/** `3 TAB 1 TAB name`; for a rename the name is empty and both names follow. */
const readCounts = (output: Buffer): { added: number; removed: number; binary: boolean }[] => {
  const parts = fields(output);
  const counts: { added: number; removed: number; binary: boolean }[] = [];
  for (let i = 0; i < parts.length; ) {
    const part = parts[i] as Buffer;
    const first = part.indexOf(9);
    const second = part.indexOf(9, first + 1);
    const [added, removed] = part.toString("latin1", 0, second).split("\t") as [string, string];
    const binary = added === "-";
    counts.push({
      added: binary ? 0 : Number(added),
      removed: binary ? 0 : Number(removed),
      binary,
    });
    i += second + 1 === part.length ? 3 : 1;
  }
  return counts;
};

const HUNK = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;
/** No line that matters is longer, bytes; the rest of a longer one is not kept. */
const LINE_START = 4096;

/**
 * Reads hunk headers off a patch as it streams by. Without context every line of content starts
 * with "+", "-" or a backslash, so that headers cannot be forged by content, nor, names being
 * quoted, by names.
 */
class HunkReader {
  readonly #blocks: Hunk[][] = [];
  #line = "";

  take(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      const newline = piece.indexOf(10, at);
      const end = newline < 0 ? piece.length : newline;
      if (this.#line.length < LINE_START) {
        this.#line += piece.toString("latin1", at, Math.min(end, at + LINE_START));
      }
      if (newline < 0) return;
      this.#whole();
      at = newline + 1;
    }
  }

  end(): readonly (readonly Hunk[])[] {
    if (this.#line !== "") this.#whole();
    return this.#blocks;
  }

  #whole(): void {
    const line = this.#line;
    this.#line = "";
    if (line.startsWith("diff --git ")) this.#blocks.push([]);
    const match = HUNK.exec(line);
    if (match === null) return;
    const lines = match[2] === undefined ? 1 : Number(match[2]);
    // Where lines were only removed, the hunk stands after a line: the next one shows the place.
    const start = lines === 0 ? Number(match[1]) + 1 : Number(match[1]);
    this.#blocks.at(-1)?.push({ start, lines });
  }
}
