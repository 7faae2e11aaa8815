/**
 * Applies patches to a commit, in the index of the scratch repository alone: no work tree, so
 * that no hook, filter or link of the repository under test has a part in it.
 */
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import parseDiff from "parse-diff";
import { InputError } from "../../spec/core/decode.js";
import { readText } from "../input/files.js";
import { firstComplaint, type GitAnswer, type GitPlace, git } from "./git.js";
import { type Repo, type Revision, scratchPlace } from "./repo.js";

/** A patch that does not apply. */
export class PatchError extends InputError {
  /** The patch as the user named it. */
  readonly patch: string;
  /** The file of the kernel that it cannot change, and the hunk from 1. */
  readonly path: string | undefined;
  readonly hunk: number | undefined;
  constructor(patch: string, problem: string, path?: string, hunk?: number) {
    super({ file: patch }, problem);
    this.patch = patch;
    this.path = path;
    this.hunk = hunk;
  }
}

/** Equal patches make equal commits, whoever applies them and when. */
const COMMITTER = {
  GIT_COMMITTER_NAME: "redbear-spec",
  GIT_COMMITTER_EMAIL: "redbear-spec@localhost",
  GIT_COMMITTER_DATE: "2000-01-01T00:00:00Z",
};
const NOBODY = {
  GIT_AUTHOR_NAME: COMMITTER.GIT_COMMITTER_NAME,
  GIT_AUTHOR_EMAIL: COMMITTER.GIT_COMMITTER_EMAIL,
  GIT_AUTHOR_DATE: COMMITTER.GIT_COMMITTER_DATE,
};
type Author = typeof NOBODY;

type Mail = {
  /** As the user named the file. */
  readonly file: string;
  /** "patch 2 of 3" where a file holds several. */
  readonly which: string;
  readonly subject: string;
  readonly message: string;
  readonly author: Author;
  /** File with the diff alone. */
  readonly diff: string;
};

/**
 * Applies patch files in their order: mail series (`git format-patch`, mbox) and plain diffs.
 * Answers the commit of the last one. Throws PatchError that names patch, file and hunk.
 */
export const applyPatches = async (
  repo: Repo,
  base: Revision,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Revision> => {
  if (files.length === 0) throw new InputError({ file: "--patch" }, "expected a file");
  const folder = join(repo.runDir, "patches");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const place = scratchPlace(repo, { index: join(folder, "index") });
  git(place, ["read-tree", base.commit]);
  let commit = base.commit;
  let subject = base.subject;
  let applied = 0;
  for (const [n, file] of files.entries()) {
    const mails = readPatch(place, file, join(folder, String(n)));
    for (const mail of mails) {
      signal?.throwIfAborted();
      // Let signals and timers in between two patches of a long series.
      await new Promise((resume) => setImmediate(resume));
      apply(place, mail, base, applied);
      commit = commitIndex(place, mail, commit);
      subject = mail.subject;
      applied++;
    }
  }
  if (applied === 0) throw noPatch(files[0] as string, "");
  const name = files.length === 1 ? basename(files[0] as string) : `${files.length} patch files`;
  return { name, commit, subject };
};

const MAIL =
  /^(From |From:|Subject:|Date:|To:|Message-I[dD]:|Return-Path:|Received:|Delivered-To:|MIME-Version:)/;

/** The patches that a file holds. */
const readPatch = (place: GitPlace, file: string, folder: string): Mail[] => {
  const bytes = readPatchBytes(file);
  const text = bytes.toString("latin1");
  if (!MAIL.test(text.trimStart())) {
    if (!DIFF.test(text)) throw noPatch(file, "");
    const subject = basename(file);
    return [{ file, which: "", subject, message: subject, author: NOBODY, diff: resolve(file) }];
  }
  mkdirSync(folder);
  const carriage = /^[^\n]*\r\n/.test(text) ? [] : ["--keep-cr"];
  git(place, ["mailsplit", ...carriage, "-b", `-o${folder}`, resolve(file)]);
  const count = mailCount(folder);
  return Array.from({ length: count }, (_, i) => i + 1).flatMap((n) => {
    const mail = readFileSync(join(folder, mailName(n)));
    const which = count === 1 ? "" : `mail ${n} of ${count}`;
    const read = readMail(place, file, which, mail, join(folder, `diff-${n}`));
    if (DIFF.test(readFileSync(read.diff, "latin1"))) return [read];
    if (NO_PATCH.test(mail.toString("latin1"))) return [];
    throw noPatch(file, which);
  });
};

/** A cover letter or an answer to a patch; any other mail without a diff has lost it. */
const NO_PATCH = /^Subject:\s*(Re:|[^\n]*\[[^\]\n]*\b0+\/\d+[^\]\n]*\])/im;
const DIFF = /^(diff --git |diff -|--- \S|Index: |GIT binary patch)/m;

const noPatch = (file: string, which: string): PatchError =>
  new PatchError(
    file,
    `${which === "" ? "" : `${which}: `}holds no patch, expected a diff or a mail`,
  );

const readPatchBytes = (file: string): Buffer => {
  try {
    // For its checks: that it is there, a file, and of a size.
    readText(file);
  } catch (error) {
    // A patch may hold the bytes of a binary file in the open; git decides.
    if (!(error instanceof InputError) || !error.message.includes("is binary")) throw error;
  }
  return readFileSync(file);
};

const mailName = (n: number): string => String(n).padStart(4, "0");
const mailCount = (folder: string): number => {
  let n = 0;
  for (;;) {
    try {
      closeSync(openSync(join(folder, mailName(n + 1)), "r"));
      n++;
    } catch {
      return n;
    }
  }
};

const readMail = (
  place: GitPlace,
  file: string,
  which: string,
  mail: Buffer,
  diff: string,
): Mail => {
  const message = `${diff}.message`;
  const info = git(place, ["mailinfo", message, diff], { input: mail });
  const header = (name: string): string =>
    new RegExp(`^${name}: (.*)$`, "m")
      .exec(info.stdout.toString("utf8"))?.[1]
      ?.replaceAll("\0", "")
      .trim() ?? "";
  const subject = header("Subject") || basename(file);
  const author = {
    GIT_AUTHOR_NAME: header("Author") || NOBODY.GIT_AUTHOR_NAME,
    GIT_AUTHOR_EMAIL: header("Email") || NOBODY.GIT_AUTHOR_EMAIL,
    GIT_AUTHOR_DATE: header("Date") || NOBODY.GIT_AUTHOR_DATE,
  };
  const body = readFileSync(message, "utf8");
  return { file, which, subject, message: `${subject}\n\n${body}`, author, diff };
};

const APPLY = ["apply", "--cached", "--whitespace=nowarn"];

const apply = (place: GitPlace, mail: Mail, base: Revision, before: number): void => {
  const index = place.index as string;
  copyFileSync(index, `${index}.before`);
  const plain = git(place, [...APPLY, "--", mail.diff], { accept: ANY });
  if (plain.status === 0) return;
  copyFileSync(`${index}.before`, index);
  // As `git am --3way`: the patch may have been made on an older state whose files are known.
  const merged = git(place, [...APPLY, "--3way", "--", mail.diff], { accept: ANY });
  if (merged.status === 0) return;
  throw refused(mail, plain, base, before);
};
/** Statuses of a patch that is refused. */
const ANY = [0, 1, 128];

/** Why git refused: it names a file, and where a hunk failed its line. */
const refused = (mail: Mail, answer: GitAnswer, base: Revision, before: number): PatchError => {
  const onto = `${base.name}${before === 0 ? "" : ` and the ${before} before it`}`;
  const which = [mail.which, mail.which === "" ? "" : `"${plainSubject(mail.subject)}"`]
    .filter((part) => part !== "")
    .join(", ");
  const front = `${which === "" ? "" : `${which}: `}does not apply to ${onto}: `;
  const failed = /^error: patch failed: (.*):(\d+)$/m.exec(answer.stderr);
  if (failed === null) {
    const path = /^error: (.*): (?:already exists|does not exist|No such file)/m.exec(
      answer.stderr,
    )?.[1];
    return new PatchError(mail.file, front + firstComplaint(answer), path);
  }
  const [path, line] = [failed[1] as string, Number(failed[2])];
  const hunk = hunkAt(mail.diff, path, line);
  const at = hunk === undefined ? `line ${line}` : `hunk ${hunk} (line ${line})`;
  const shown = path.replace(/[\p{Cc}\p{Cf}]/gu, "?");
  return new PatchError(mail.file, `${front}${shown}, ${at}`, path, hunk);
};

const plainSubject = (subject: string): string =>
  subject.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, 80);

/** Number of the hunk of a file that starts at a line of the old side. */
const hunkAt = (diff: string, path: string, line: number): number | undefined => {
  try {
    const files = parseDiff(readFileSync(diff, "utf8"));
    const file = files.find((one) => one.from === path || one.to === path);
    const found = file?.chunks.findIndex((chunk) => chunk.oldStart === line) ?? -1;
    return found < 0 ? undefined : found + 1;
  } catch {
    return undefined;
  }
};

const commitIndex = (place: GitPlace, mail: Mail, parent: string): string => {
  const tree = git(place, ["write-tree"]).stdout.toString("latin1").trim();
  const commit = (author: Author): GitAnswer =>
    git(place, ["commit-tree", tree, "-p", parent], {
      input: mail.message,
      env: { ...COMMITTER, ...author },
      accept: ANY,
    });
  let answer = commit(mail.author);
  // A mail may claim an author or a date that git refuses; who it was does not matter here.
  if (answer.status !== 0) answer = commit(NOBODY);
  if (answer.status !== 0) {
    throw new PatchError(mail.file, `cannot be committed: ${firstComplaint(answer)}`);
  }
  return answer.stdout.toString("latin1").trim();
};
