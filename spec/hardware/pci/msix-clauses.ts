/** MSI-X: entries, the function mask, pending bits. */
import type { Clause } from "../../core/clause.js";
import { pcie } from "../../core/source.js";
import { bitOf, type MachineTransition, sameWords, writeTo } from "../machine/judging.js";
import { CONTROL } from "./capabilities.js";
import {
  clause,
  entryMessageOf,
  eventOf,
  msixControl,
  partsOf,
  sameMessages,
  sentBy,
} from "./judging.js";
import {
  afterWrite,
  controlWrite,
  defined,
  eventOnEntry,
  freed,
  KEPT,
  keptTable,
  messages,
  onSilenced,
  pendingWrite,
  rewritesPending,
  servedEarly,
  silenced,
  tableWord,
  without,
} from "./msix-judging.js";

type T = MachineTransition;

export const msixClauses: readonly Clause<T>[] = [
  clause(
    "HW-MSIX-1",
    "an event on an entry that nothing masks sends exactly one message: the entry's address and data as they stand",
    [pcie("6.1.4.2 MSI-X"), pcie("7.7.2.5 message address for MSI-X table entries")],
    ["bus"],
    ["event"],
    (t) => {
      const s = eventOnEntry(t);
      if (s === undefined) return false;
      return !silenced(s.shape, s.before, eventOf(t)) && defined(s.before, eventOf(t));
    },
    (t) => {
      const s = eventOnEntry(t);
      return s !== undefined && sameMessages(sentBy(t), [entryMessageOf(s.before, eventOf(t))]);
    },
  ),
  clause(
    "HW-MSIX-2",
    "an event on an entry that its own bit or Function Mask masks sends nothing and sets its pending bit",
    [pcie("6.1.4.5 per-vector masking and function masking")],
    ["bus", "tables"],
    ["event"],
    (t) => onSilenced(t) !== undefined,
    (t) => sentBy(t).length === 0 && bitOf(onSilenced(t)?.shown.pending ?? [], eventOf(t)),
  ),
  clause(
    "HW-MSIX-3",
    "pending bit i is bit i mod 64 of the 64-bit word i div 64; an event on a masked entry changes no other",
    [pcie("7.7.2.9 pending bits for MSI-X PBA entries")],
    ["tables"],
    ["event"],
    (t) => onSilenced(t) !== undefined,
    (t) => {
      const s = onSilenced(t);
      if (s === undefined) return false;
      const own = [eventOf(t)];
      return sameWords(without(s.shown.pending, own), without(s.before.pending, own));
    },
  ),
  clause(
    "HW-MSIX-4",
    "a write that sets pending entries free sends each exactly once, with address and data as they stand then",
    [pcie("6.1.4.5 per-vector masking and function masking"), pcie("6.1.4.2 MSI-X")],
    ["bus", "tables"],
    ["write"],
    (t) => freed(t) !== undefined,
    (t) => {
      const s = freed(t);
      return s !== undefined && sameMessages(sentBy(t), messages(s.shown, s.due));
    },
  ),
  clause(
    "HW-MSIX-5",
    "entries that were sent are pending no more, and every other stays as it was",
    [pcie("6.1.4.5 per-vector masking and function masking")],
    ["tables"],
    ["write"],
    (t) => freed(t) !== undefined,
    (t) => {
      const s = freed(t);
      return s !== undefined && sameWords(s.shown.pending, without(s.before.pending, s.due));
    },
  ),
  clause(
    "HW-MSIX-6",
    "a write that sets no pending entry free sends nothing and changes no pending bit",
    [pcie("6.1.4.5 per-vector masking and function masking")],
    ["bus", "tables"],
    ["write"],
    (t) => {
      const s = afterWrite(t);
      return s !== undefined && s.due.length === 0 && s.before.pending.some((word) => word !== 0);
    },
    (t) => {
      const s = afterWrite(t);
      return (
        s !== undefined && sentBy(t).length === 0 && sameWords(s.shown.pending, s.before.pending)
      );
    },
  ),
  clause(
    "HW-MSIX-7",
    "Enable and Function Mask leave every table entry, and its mask bit, alone",
    [pcie("7.7.2.2 function mask"), pcie("6.1.4.5 per-vector masking and function masking")],
    ["tables"],
    ["write"],
    (t) => controlWrite(t) !== undefined,
    (t) => {
      const s = controlWrite(t);
      return s !== undefined && sameWords(s.before.table, s.shown.table);
    },
  ),
  clause(
    "HW-MSIX-8",
    "a word of the table takes what is written, address [1:0] and reserved bits of vector control apart; no other word changes",
    [pcie("7.7.2 MSI-X table structure"), pcie("7.7.2.8 vector control")],
    ["tables"],
    ["write"],
    (t) => tableWord(t) !== undefined,
    (t) => {
      const p = tableWord(t);
      if (p === undefined) return false;
      const kept = KEPT[p.word % 4] as number;
      return (
        (((p.shown.table[p.word] ?? 0) ^ p.value) & kept) === 0 &&
        keptTable(p.before, p.shown, p.word)
      );
    },
  ),
  clause(
    "HW-MSIX-9",
    "pending bits are read-only",
    [pcie("7.7.2.9 pending bits for MSI-X PBA entries")],
    ["tables"],
    ["write"],
    (t) => pendingWrite(t) !== undefined,
    (t) => {
      const p = pendingWrite(t);
      if (p === undefined) return false;
      return (
        sameWords(p.before.pending, p.shown.pending) && sameWords(p.before.table, p.shown.table)
      );
    },
  ),
  clause(
    "HW-MSIX-10",
    "rewriting a pending entry that is masked sends nothing and keeps it pending",
    [pcie("6.1.4.2 MSI-X"), pcie("6.1.4.5 per-vector masking and function masking")],
    ["bus", "tables"],
    ["write"],
    rewritesPending,
    (t) => {
      const p = tableWord(t);
      if (p === undefined) return false;
      return sentBy(t).length === 0 && bitOf(p.shown.pending, p.word >>> 2);
    },
  ),
  clause(
    "HW-MSIX-11",
    "Enable is bit 15 and Function Mask bit 14 of Message Control, Table Size stays what the function has",
    [pcie("7.7.2.2 message control for MSI-X")],
    ["config"],
    ["write"],
    (t) => controlWrite(t) !== undefined,
    (t) => {
      const s = controlWrite(t);
      const c = writeTo(t, "config");
      const msix = s && partsOf(s.shape).msix;
      if (s === undefined || c === undefined || msix === undefined) return false;
      const control = msixControl(s.shape, s.shown);
      // Bits [15:14] stand in the byte at +3.
      const byte = msix.at + CONTROL + 1 - c.offset;
      const written = byte < 0 || byte >= c.width ? undefined : (c.value >>> (8 * byte + 6)) & 3;
      return (
        (control & 0x7ff) === msix.entries - 1 &&
        control >>> 14 === (written ?? msixControl(s.shape, s.before) >>> 14)
      );
    },
  ),
  clause(
    "HW-MSIX-12",
    "a masked event that is served before it was sent is pending no more and sends nothing",
    [pcie("6.1.4.5 per-vector masking and function masking")],
    ["tables", "bus"],
    ["quiet"],
    (t) => servedEarly(t) !== undefined,
    (t) => {
      const s = servedEarly(t);
      if (s === undefined || sentBy(t).length > 0) return false;
      return sameWords(s.shown.pending, without(s.before.pending, [s.entry]));
    },
  ),
];
