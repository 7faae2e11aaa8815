/** Files of a commit, in memory, and the changes that the history of the example makes to them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export type Content = string | Buffer;
export type Files = ReadonlyMap<string, Content>;
/** What a commit does. */
export type Edit = (files: Map<string, Content>) => void;

/** Every file below a folder, by its path relative to it; names in `leave` are passed over. */
export const readTree = (folder: string, leave: readonly string[] = []): Map<string, Content> => {
  const out = new Map<string, Content>();
  const visit = (at: string): void => {
    for (const name of readdirSync(join(folder, at)).sort()) {
      if (leave.includes(name)) continue;
      const path = at === "" ? name : `${at}/${name}`;
      if (statSync(join(folder, path)).isDirectory()) visit(path);
      else out.set(path, readFileSync(join(folder, path)));
    }
  };
  visit("");
  return out;
};

/** Replaces a text that stands exactly once in a file: a template that moved on is told at once. */
export const replace =
  (path: string, from: string, to: string): Edit =>
  (files) => {
    const text = files.get(path)?.toString() ?? "";
    const parts = text.split(from);
    if (parts.length !== 2) {
      throw new Error(`${path}: found ${parts.length - 1} times, expected once: ${from}`);
    }
    files.set(path, parts.join(to));
  };

export const write =
  (path: string, content: Content): Edit =>
  (files) => {
    files.set(path, content);
  };

export const remove =
  (path: string): Edit =>
  (files) => {
    if (!files.delete(path)) throw new Error(`${path}: is not there`);
  };

export const all =
  (...edits: readonly Edit[]): Edit =>
  (files) => {
    for (const edit of edits) edit(files);
  };
