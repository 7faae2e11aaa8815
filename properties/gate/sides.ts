/** The builds that are judged: the head, the base with the head's harness, the base as it was. */
import { type BuildResult, build } from "./build.js";
import type { Cache } from "./cache.js";
import type { Change } from "./change.js";
import type { AreaConfig } from "./config.js";
import type { Repo } from "./repo.js";
import { openTree, type Tree } from "./trees.js";

export type SideName = "head" | "base" | "own";

export type Built = {
  readonly tree: Tree;
  /** Undefined: nothing to build. */
  readonly result: BuildResult | undefined;
};

export type Sides = {
  readonly head: Tree;
  /** The same tree as the head's where only harness and configuration changed. */
  readonly base: Tree;
  /** The base with its own harness, where the change touches the harness. */
  readonly own: Tree | undefined;
};

/** Whether the change touches what the base is given from the head. */
const touchesHarness = (change: Change): boolean =>
  change.files.some((file) => file.role === "harness" || file.role === "configuration");

export const openSides = async (
  repo: Repo,
  cache: Cache,
  change: Change,
  signal: AbortSignal,
): Promise<Sides> => {
  const { base, head, config } = change;
  const overlay = { commit: head.commit, globs: config.gate.harness };
  return {
    head: await openTree(repo, cache, head.commit, undefined, signal),
    base: await openTree(repo, cache, base.commit, overlay, signal),
    own:
      change.baseConfig !== undefined && touchesHarness(change)
        ? await openTree(repo, cache, base.commit, undefined, signal)
        : undefined,
  };
};

/** Builds areas, each command once a tree; builds of different trees run side by side. */
export class Builder {
  readonly #timeout: number;
  readonly #signal: AbortSignal;
  readonly #onLine: (line: string) => void;
  /** By tree and command. Builds of one tree come one after the other. */
  readonly #builds = new Map<string, Promise<BuildResult>>();
  readonly #trees = new Map<string, Promise<unknown>>();

  constructor(timeout: number, signal: AbortSignal, onLine: (line: string) => void) {
    this.#timeout = timeout;
    this.#signal = signal;
    this.#onLine = onLine;
  }

  async build(tree: Tree, area: AreaConfig): Promise<Built> {
    const command = area.build;
    if (command === undefined) return { tree, result: undefined };
    const key = `${tree.key} ${command}`;
    let result = this.#builds.get(key);
    if (result === undefined) {
      const before = this.#trees.get(tree.key) ?? Promise.resolve();
      result = before.then(() =>
        build(tree, command, this.#timeout, { signal: this.#signal, onLine: this.#onLine }),
      );
      this.#builds.set(key, result);
      this.#trees.set(tree.key, result);
    }
    return { tree, result: await result };
  }
}
