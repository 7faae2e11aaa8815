/** What may become of an interrupt request at a remapping unit. */
import type { Message } from "../../irq/msi-message/vocabulary.js";
import { requestOf } from "../machine/path.js";

/** An interrupt for local APICs. */
export type Delivered = {
  readonly dest: number;
  readonly logical: boolean;
  readonly hint: boolean;
  readonly vector: number;
  readonly delivery: number;
};

export type Fate =
  /** No table was asked. */
  | ({ readonly kind: "pass" } & Delivered)
  | ({ readonly kind: "remap" } & Delivered)
  /** Intel: into a descriptor in memory. AMD: into a guest's APIC page. */
  | {
      readonly kind: "post";
      readonly at: number;
      readonly vector: number;
      readonly urgent: boolean;
      readonly eim: boolean;
    }
  | { readonly kind: "guest"; readonly page: number; readonly vector: number }
  /** `reason`: Intel a fault reason, AMD an event code; 0 where nothing is to be reported. */
  | {
      readonly kind: "block";
      readonly reason: number;
      readonly index: number;
      readonly silent: boolean;
      /** AMD: the event is about a reserved bit. */
      readonly reserved?: boolean;
    };

/** Which way a request goes through the tables. */
export type Way = {
  /** One fate, or several where what is cached and what is in memory differ: each is right. */
  readonly fates: readonly Fate[];
  /** A table entry that was asked, or AMD a device table entry, is not cached. */
  readonly fresh: boolean;
  /** The entry checks its requester. */
  readonly checked: boolean;
};

export const passes = (m: Message): Fate => ({ kind: "pass", ...requestOf(m) });

export const sameFate = (a: Fate, b: Fate): boolean => {
  const x = a as Readonly<Record<string, unknown>>;
  const y = b as Readonly<Record<string, unknown>>;
  return Object.keys(x).every((key) => x[key] === y[key]);
};
