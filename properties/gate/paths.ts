/** Paths inside a repository: slash-separated, relative, and data, whatever bytes they hold. */
import picomatch from "picomatch";

/** Says whether a path is meant. */
export type PathTest = (path: string) => boolean;

/** With "s", since a name may hold a newline and must not slip through for that. */
const OPTIONS = { dot: true, windows: false, nonegate: true, flags: "s" } as const;

/**
 * Globs as one test. Dot files are files like any other; braces and `**` work; a path is never
 * read as a pattern. No glob matches nothing.
 */
export const matcher = (globs: readonly string[]): PathTest => {
  const tests = globs.map((glob) => picomatch(glob, OPTIONS));
  return (path) => tests.some((test) => test(path));
};

/** What is wrong with a path or glob that must stay inside the repository; undefined: nothing. */
export const pathProblem = (path: string): string | undefined => {
  if (path === "") return "a path that is not empty";
  if (hasControl(path)) return "a path without control characters";
  if (path.startsWith("/")) return "a path relative to the root of the repository";
  const parts = path.split("/");
  if (parts.includes("..")) return "a path that stays inside the repository";
  if (parts.includes(".") || path.includes("//")) return 'a path without "." and "//"';
  return undefined;
};

/** The same for a glob, which must also be one that can be read. */
export const globProblem = (glob: string): string | undefined => {
  const problem = pathProblem(glob);
  if (problem !== undefined) return problem;
  if (glob.startsWith("!")) return "a glob without negation; use kernel.ignore";
  if (!balanced(glob)) return "a glob with its brackets closed";
  try {
    picomatch.makeRe(glob, OPTIONS);
    return undefined;
  } catch {
    return "a glob";
  }
};

/** Whether `path` is `folder` or lies below it. */
export const below = (folder: string, path: string): boolean =>
  path.startsWith(`${folder.replace(/\/+$/, "")}/`);

/**
 * Bytes of a name as text. Bytes that are not UTF-8 become `\xNN`, so that no two files of a
 * listing get the same name and none is lost.
 */
export const pathText = (bytes: Buffer): string => {
  const text = bytes.toString("utf8");
  if (Buffer.from(text, "utf8").equals(bytes)) return text;
  let out = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      out += `\\x${(bytes[at] as number).toString(16).padStart(2, "0")}`;
      at += 1;
    } else {
      out += bytes.toString("utf8", at, at + length);
      at += length;
    }
  }
  return out;
};

/** The known word that was probably meant, for "did you mean". */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.slice(0, 64), candidate);
    if (distance <= Math.max(1, Math.floor(candidate.length / 3))) {
      if (best === undefined || distance < best.distance) best = { word: candidate, distance };
    }
  }
  return best?.word;
};

/** Length of the UTF-8 sequence that starts there, 0 where there is none. */
const sequenceLength = (bytes: Buffer, at: number): number => {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const part = bytes.subarray(at, at + length);
    const text = part.toString("utf8");
    if (!text.includes("\ufffd") && Buffer.from(text, "utf8").equals(part)) return length;
  }
  return 0;
};

const hasControl = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
};

/** Whether every bracket of a glob is closed; a backslash takes away a character's meaning. */
const balanced = (glob: string): boolean => {
  const open: string[] = [];
  for (let i = 0; i < glob.length; i++) {
    const c = glob[i] as string;
    if (c === "\\") i++;
    else if (open.at(-1) === "]") {
      if (c === "]") open.pop();
    } else if (c === "[") open.push("]");
    else if (c === "{") open.push("}");
    else if (c === "(") open.push(")");
    else if (c === "}" || c === ")") {
      if (open.pop() !== c) return false;
    }
  }
  return open.length === 0;
};

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
};
