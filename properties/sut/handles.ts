import type { AnySubsystem } from "../subsystem.js";

/**
 * What each command of a run was given, so that later commands can name it by the command's
 * number. While a batch is under way its entries are predictions; answers overwrite them.
 */
export class Handles {
  readonly #references: AnySubsystem["references"];
  readonly #newest = new Map<string, number>();
  readonly #given: (string | undefined)[] = [];

  constructor(subsystem: AnySubsystem) {
    this.#references = subsystem.references;
  }

  clear(): void {
    this.#newest.clear();
    this.#given.length = 0;
  }

  /** Command number `index`, its references resolved, was answered (or will be). */
  note(index: number, issued: unknown, response: unknown): void {
    const key = this.#references?.produced(issued, response);
    this.#given[index] = key;
    if (key !== undefined) this.#newest.set(key, index);
  }

  /** Command number `index` gave nothing. */
  nothing(index: number): void {
    this.#given[index] = undefined;
  }

  /** The command with its handle replaced by the number of the command that gave it, if known. */
  refer(issued: unknown): unknown {
    const find = (key: string): number | undefined => {
      const index = this.#newest.get(key);
      // A prediction that did not come true left a stale entry.
      return index !== undefined && this.#given[index] === key ? index : undefined;
    };
    return this.#references?.refer(issued, find) ?? issued;
  }

  /** The number of the command that this one refers to. */
  refersTo(command: unknown): number | undefined {
    return this.#references?.refersTo(command);
  }

  /** The command with its reference replaced by the handle; undefined where there is none. */
  resolve(command: unknown): unknown {
    const ref = this.#references?.refersTo(command);
    if (this.#references === undefined || ref === undefined) return command;
    const key = this.#given[ref];
    return key === undefined ? undefined : this.#references.resolve(command, key);
  }
}
