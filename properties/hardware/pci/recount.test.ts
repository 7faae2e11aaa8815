import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { msiFunction, msixFunction } from "../../../spec/hardware/pci/profiles.js";
import { seeded } from "../../testing.js";
import { Hand } from "./testing.js";

/**
 * A function with N sources told in a few lines, MSI and MSI-X alike: what the register model does
 * with bytes and words is recounted with records.
 */
type Source = { data: number; masked: boolean; pending: boolean };
type Account = { on: boolean; all: boolean; master: boolean; line: boolean; sources: Source[] };

type Op =
  | { readonly kind: "event" | "serve"; readonly i: number }
  | { readonly kind: "mask" | "unmask"; readonly i: number }
  | { readonly kind: "data"; readonly i: number; readonly data: number }
  | { readonly kind: "control"; readonly on: boolean; readonly all: boolean }
  | { readonly kind: "master"; readonly on: boolean };

const N = 4;
const index = fc.nat(N - 1);
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("event" as const), i: index }) },
  fc.record({ kind: fc.constant("serve" as const), i: index }),
  fc.record({ kind: fc.constantFrom("mask" as const, "unmask" as const), i: index }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("unmask" as const), i: index }) },
  fc.record({ kind: fc.constant("data" as const), i: index, data: fc.nat(0x3fff) }),
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(5), fc.boolean())
      .map(([on, all]) => ({ kind: "control" as const, on: on > 0, all })),
  },
  fc.nat(5).map((on) => ({ kind: "master" as const, on: on > 0 })),
);

const recount = (a: Account, o: Op): number[] => {
  const sent: number[] = [];
  const send = (s: Source): void => {
    if (a.master) sent.push(s.data);
  };
  const at = (i: number): Source => a.sources[i] as Source;
  if (o.kind === "event") {
    if (!a.on) a.line = true;
    else if (a.all || at(o.i).masked) at(o.i).pending = true;
    else send(at(o.i));
    return sent;
  }
  if (o.kind === "serve") {
    if (a.on) at(o.i).pending = false;
    else a.line = false;
    return sent;
  }
  if (o.kind === "mask") at(o.i).masked = true;
  if (o.kind === "unmask") at(o.i).masked = false;
  if (o.kind === "data") at(o.i).data = o.data;
  if (o.kind === "master") a.master = o.on;
  if (o.kind === "control") {
    a.on = o.on;
    a.all = o.all;
  }
  if (!a.on) return sent;
  a.line = false;
  for (const s of a.sources) {
    if (!s.pending || s.masked || a.all) continue;
    s.pending = false;
    send(s);
  }
  return sent;
};

const account = (masked: boolean, data: (i: number) => number): Account => ({
  on: false,
  all: false,
  master: true,
  line: false,
  sources: Array.from({ length: N }, (_x, i) => ({ data: data(i), masked, pending: false })),
});

const bits = (a: Account, of: (s: Source) => boolean): number =>
  a.sources.reduce((word, s, i) => word | (of(s) ? 1 << i : 0), 0);

describe(seeded("a function recounted"), () => {
  it("MSI-X: the same messages in the same order, the same registers", () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
        const hand = new Hand(msixFunction(N));
        const a = account(true, () => 0);
        for (const o of ops) {
          const before = hand.sent.length;
          switch (o.kind) {
            case "event":
              hand.event(o.i);
              break;
            case "serve":
              hand.serve(o.i);
              break;
            case "mask":
            case "unmask":
              hand.mask(o.i, o.kind === "mask");
              break;
            case "data":
              hand.setEntry(o.i, 2, o.data);
              break;
            case "control":
              hand.setConfig(hand.msixControl, 2, (o.on ? 0x8000 : 0) | (o.all ? 0x4000 : 0));
              break;
            case "master":
              hand.setConfig(4, 2, o.on ? 6 : 2);
          }
          const sent = recount(a, o);
          expect(hand.sent.slice(before).map((m) => m.data)).toEqual(sent);
          expect(hand.pendingWord(0)).toBe(bits(a, (s) => s.pending));
          expect(hand.fn.line).toBe(a.line);
          const masked = a.sources.map((_s, i) => hand.entry(i, 3));
          expect(masked).toEqual(a.sources.map((s) => (s.masked ? 1 : 0)));
        }
      }),
    );
  });

  it("MSI with masks: the same, without a function mask and with one datum for all", () => {
    const BASE = 0x40;
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), fc.boolean(), (ops, is64) => {
        const hand = new Hand(msiFunction(2, is64, true));
        const { msi } = hand;
        const a = account(false, (i) => BASE + i);
        hand.setConfig(msi.data, 2, BASE);
        hand.setConfig(msi.control, 2, 0x20);
        for (const raw of ops) {
          const o: Op = raw.kind === "control" ? { ...raw, all: false } : raw;
          const before = hand.sent.length;
          const mask = hand.config(msi.mask, 4);
          switch (o.kind) {
            case "event":
              hand.event(o.i);
              break;
            case "serve":
              hand.serve(o.i);
              break;
            case "mask":
              hand.setConfig(msi.mask, 4, mask | (1 << o.i));
              break;
            case "unmask":
              hand.setConfig(msi.mask, 4, mask & ~(1 << o.i));
              break;
            case "data":
              hand.setConfig(msi.data, 2, o.data);
              break;
            case "control":
              hand.setConfig(msi.control, 2, 0x20 | (o.on ? 1 : 0));
              break;
            case "master":
              hand.setConfig(4, 2, o.on ? 6 : 2);
          }
          if (o.kind === "data") {
            a.sources.forEach((s, i) => {
              s.data = o.data - (o.data % N) + i;
            });
          }
          const sent = recount(a, o.kind === "data" ? { ...o, data: at(a, o.i) } : o);
          expect(hand.sent.slice(before).map((m) => m.data)).toEqual(sent);
          expect(hand.config(msi.pending, 4)).toBe(bits(a, (s) => s.pending));
          expect(hand.config(msi.mask, 4)).toBe(bits(a, (s) => s.masked));
          expect(hand.fn.line).toBe(a.line);
        }
      }),
    );
  });

  it("a write of any bytes equals the writes of its bytes, whatever the shape", () => {
    const write = fc.record({
      at: fc.nat(63).map((n) => 4 * n),
      value: fc.nat(0xffffffff),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
        // Without an event there is nothing to send between two bytes.
        const words = new Hand(msiFunction(3, true, true));
        const bytes = new Hand(msiFunction(3, true, true));
        for (const { at, value } of writes) {
          words.setConfig(at, 4, value);
          for (let i = 0; i < 4; i++) bytes.setConfig(at + i, 1, (value >>> (8 * i)) & 0xff);
          expect(bytes.fn.config).toEqual(words.fn.config);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const at = (a: Account, i: number): number => (a.sources[i] as Source).data;
