/** The register bus that the sequences of this folder work on. */

import { allOnes } from "../../../spec/hardware/registers/table.js";
import type { FunctionShape } from "../../../spec/hardware/shape.js";
import { type Access, barSpaces } from "../../../spec/irq/capability/access.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import {
  type PciFunction,
  type Reaction,
  readBar,
  readConfig,
  writeBar,
  writeConfig,
} from "../../hardware/pci/index.js";

export type Width = 1 | 2 | 4;

export interface RegisterBus {
  readConfig(offset: number, width: Width): number;
  writeConfig(offset: number, width: Width, value: number): void;
  readBar(bar: number, offset: number, width: Width): number;
  writeBar(bar: number, offset: number, width: Width, value: number): void;
}

/**
 * A function on a bus that keeps the log. The one mutable thing here: a sequence gets one, works
 * on it, and its caller takes `fn`, `log` and `sent` from it. The function itself is immutable.
 */
export class FunctionBus implements RegisterBus {
  readonly shape: FunctionShape;
  /** The kernel knows that the function is gone: configuration accesses end in software. */
  readonly #gone: boolean;
  fn: PciFunction;
  /** Every access, in order. */
  readonly log: Access[] = [];
  /** Messages that the function sent meanwhile, in order. */
  readonly sent: Message[] = [];

  constructor(shape: FunctionShape, fn: PciFunction, gone = false) {
    this.shape = shape;
    this.fn = fn;
    this.#gone = gone;
  }

  readConfig(offset: number, width: Width): number {
    if (this.#gone) return allOnes(width);
    const value = readConfig(this.shape, this.fn, offset, width);
    this.log.push({ write: false, space: "config", offset, width, value });
    return value;
  }

  writeConfig(offset: number, width: Width, value: number): void {
    if (this.#gone) return;
    this.log.push({ write: true, space: "config", offset, width, value });
    this.#react(writeConfig(this.shape, this.fn, offset, width, value));
  }

  readBar(bar: number, offset: number, width: Width): number {
    const value = readBar(this.shape, this.fn, bar, offset, width);
    this.log.push({ write: false, space: spaceOf(bar), offset, width, value });
    return value;
  }

  writeBar(bar: number, offset: number, width: Width, value: number): void {
    this.log.push({ write: true, space: spaceOf(bar), offset, width, value });
    this.#react(writeBar(this.shape, this.fn, bar, offset, width, value));
  }

  #react(reaction: Reaction): void {
    this.fn = reaction.fn;
    for (const message of reaction.sent) this.sent.push(message);
  }
}

const spaceOf = (bar: number): Access["space"] => barSpaces[bar] ?? "bar0";

/** What the writes of a log do to a function; reads do nothing. */
export const replay = (
  shape: FunctionShape,
  fn: PciFunction,
  log: readonly Access[],
): { readonly fn: PciFunction; readonly sent: readonly Message[] } => {
  let now = fn;
  let sent: Message[] | undefined;
  for (const { write, space, offset, width, value } of log) {
    if (!write || (width !== 1 && width !== 2 && width !== 4)) continue;
    const reaction =
      space === "config"
        ? writeConfig(shape, now, offset, width, value)
        : writeBar(shape, now, barSpaces.indexOf(space), offset, width, value);
    now = reaction.fn;
    if (reaction.sent.length > 0) {
      sent ??= [];
      sent.push(...reaction.sent);
    }
  }
  return { fn: now, sent: sent ?? none };
};

const none: readonly Message[] = [];
