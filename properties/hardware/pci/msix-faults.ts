/** Faults of MSI-X. */
import * as pci from "../../../models/hardware/pci/index.js";
import { CONTROL } from "../../../spec/hardware/pci/capabilities.js";
import { msixOf } from "../../../spec/hardware/shape.js";
import { hugeMsix, smallMsix, wideMsix } from "./configs.js";
import {
  type Act,
  barWrite,
  configWrite,
  contract,
  eventNumber,
  flip,
  hasBit,
  type MachineFault,
  poke,
  reacting,
  using,
} from "./fault-kit.js";
import { latch, latchedOf } from "./latched.js";

const entries = (act: Act): number => pci.layoutOf(act.shape).msix?.entries ?? 0;

/** An event on an entry of a function that uses MSI-X; -1 for everything else. */
const entryOf = (act: Act): number => {
  const i = eventNumber(act.command);
  return using(act.shape, act.before) === "msix" && i < entries(act) ? i : -1;
};

const functionMasked = (act: Act): boolean =>
  pci.functionMasked(pci.layoutOf(act.shape), act.before);

const isSilent = (act: Act, i: number): boolean =>
  functionMasked(act) || pci.entryMasked(act.before, i);

/** Entries that were pending and are not any more, lowest first. */
const freed = (act: Act): readonly number[] => {
  const gone: number[] = [];
  for (let i = 0; i < entries(act); i++) {
    if (hasBit(act.before.pending, i) && !hasBit(act.right.fn.pending, i)) gone.push(i);
  }
  return gone;
};

const onWrite = (change: (act: Act) => pci.Reaction) =>
  reacting(["write"], (act) =>
    using(act.shape, act.right.fn) === "msix" ? change(act) : act.right,
  );

/** Writes that cover Message Control. */
const controls = (act: Act): boolean => {
  const c = configWrite(act.command);
  const at = (msixOf(act.shape)?.at ?? -16) + CONTROL;
  return c !== undefined && c.offset < at + 2 && c.offset + c.width > at;
};

const tableWord = (act: Act): number => {
  const c = barWrite(act.command);
  const table = pci.layoutOf(act.shape).msix?.table;
  if (c === undefined || table === undefined || c.bar !== table.bar || c.width !== 4) return -1;
  return c.offset < table.start || c.offset >= table.end ? -1 : (c.offset - table.start) / 4;
};

const withEntryMasks = (fn: pci.PciFunction, masked: boolean): pci.PciFunction => {
  const table = fn.table.slice();
  for (let at = 3; at < table.length; at += 4) {
    table[at] = ((table[at] as number) & ~1) | (masked ? 1 : 0);
  }
  return { ...fn, table };
};

export const msixFaults: readonly MachineFault[] = [
  contract(
    "HW-MSIX-1",
    "msix-event-sent-twice",
    "an event on an unmasked entry sends its message twice",
    reacting(["event"], (act) =>
      entryOf(act) >= 0 && act.right.sent.length > 0
        ? { ...act.right, sent: [...act.right.sent, ...act.right.sent] }
        : act.right,
    ),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-1",
    "entry-number-10-bits",
    "the number of an entry has 10 bits: entry 1024 sends the message of entry 0",
    reacting(["event"], (act) => {
      const i = entryOf(act);
      if (i < 1024 || act.right.sent.length === 0) return act.right;
      return { ...act.right, sent: [pci.entryMessage(act.before, i - 1024)] };
    }),
    { config: hugeMsix },
  ),
  contract(
    "HW-MSIX-2",
    "function-mask-ignored",
    "Function Mask does not keep events back",
    reacting(["event"], (act) => {
      const i = entryOf(act);
      if (i < 0 || !functionMasked(act) || pci.entryMasked(act.before, i)) return act.right;
      return { fn: act.before, sent: [pci.entryMessage(act.before, i)] };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-2",
    "masked-entry-forgets",
    "an event on a masked entry leaves no trace",
    reacting(["event"], (act) => {
      const i = entryOf(act);
      return i >= 0 && isSilent(act, i) ? { fn: act.before, sent: [] } : act.right;
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-3",
    "pba-of-one-word",
    "pending bits of entries from 64 on are set in the first 64-bit word",
    reacting(["event"], (act) => {
      const i = entryOf(act);
      if (i < 64 || !isSilent(act, i) || hasBit(act.before.pending, i % 64)) return act.right;
      return { ...act.right, fn: { ...act.before, pending: flip(act.before.pending, i % 64) } };
    }),
    { config: wideMsix },
  ),
  contract(
    "HW-MSIX-4",
    "entry-latched-at-event",
    "a pending entry sends the address and data of when the event came",
    reacting(["event", "write"], (act) => {
      const i = entryOf(act);
      if (i >= 0) {
        if (!isSilent(act, i) || hasBit(act.before.pending, i)) return act.right;
        return { ...act.right, fn: latch(act.right.fn, i, pci.entryMessage(act.before, i)) };
      }
      const gone = act.command.kind === "write" ? freed(act) : [];
      if (gone.length === 0 || gone.length !== act.right.sent.length) return act.right;
      const held = latchedOf(act.before);
      return { ...act.right, sent: act.right.sent.map((m, n) => held.get(gone[n] ?? -1) ?? m) };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-4",
    "function-unmask-sends-one",
    "clearing Function Mask sends the first pending entry alone",
    onWrite((act) =>
      act.right.sent.length > 1 ? { ...act.right, sent: act.right.sent.slice(0, 1) } : act.right,
    ),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-5",
    "pending-survives-sending",
    "an entry is sent at its unmask and stays pending",
    onWrite((act) =>
      freed(act).length > 0
        ? { ...act.right, fn: { ...act.right.fn, pending: act.before.pending } }
        : act.right,
    ),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-6",
    "any-write-sends",
    "a write to the table sends what is pending although it is still masked",
    onWrite((act) => {
      if (tableWord(act) < 0 || freed(act).length > 0) return act.right;
      const due = Array.from({ length: entries(act) }, (_x, i) => i).filter((i) =>
        hasBit(act.before.pending, i),
      );
      return { ...act.right, sent: due.map((i) => pci.entryMessage(act.right.fn, i)) };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-7",
    "function-mask-clears-entry-bits",
    "clearing Function Mask clears the mask bit of every entry",
    onWrite((act) =>
      controls(act) &&
      functionMasked(act) &&
      !pci.functionMasked(pci.layoutOf(act.shape), act.right.fn)
        ? { ...act.right, fn: withEntryMasks(act.right.fn, false) }
        : act.right,
    ),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-8",
    "data-8-bits",
    "an entry keeps the vector of its data alone",
    reacting(["write"], (act) => {
      const word = tableWord(act);
      if (word < 0 || word % 4 !== 2 || act.right.fn.table === act.before.table) return act.right;
      const table = act.right.fn.table.slice();
      table[word] = (table[word] as number) & 0xff;
      return { ...act.right, fn: { ...act.right.fn, table } };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-8",
    "entry-stride-8",
    "mask bits are kept 8 bytes an entry: unmasking one unmasks its neighbour",
    reacting(["write"], (act) => {
      const word = tableWord(act);
      if (word < 0 || word % 8 !== 3 || act.right.fn.table === act.before.table) return act.right;
      const table = act.right.fn.table.slice();
      table[word + 4] = table[word] as number;
      return {
        ...act.right,
        fn: { ...act.right.fn, table: table.slice(0, act.before.table.length) },
      };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-9",
    "pba-cleared-by-writing-1",
    "a write of ones to the pending bits clears them",
    reacting(["write"], (act) => {
      const c = barWrite(act.command);
      const pba = pci.layoutOf(act.shape).msix?.pba;
      if (c === undefined || pba === undefined || c.bar !== pba.bar || c.width !== 4)
        return act.right;
      if (c.offset < pba.start || c.offset >= pba.end) return act.right;
      const pending = act.right.fn.pending.slice();
      const word = (c.offset - pba.start) / 4;
      pending[word] = (pending[word] as number) & ~c.value;
      return { ...act.right, fn: { ...act.right.fn, pending } };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-10",
    "rewriting-drops-pending",
    "a new address or data makes a masked entry forget its event",
    onWrite((act) => {
      const word = tableWord(act);
      const i = word >>> 2;
      if (word < 0 || word % 4 === 3 || !hasBit(act.right.fn.pending, i)) return act.right;
      return { ...act.right, fn: { ...act.right.fn, pending: flip(act.right.fn.pending, i) } };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-11",
    "enable-and-function-mask-swapped",
    "Enable and Function Mask take each other's written bit",
    reacting(["write"], (act) => {
      const c = configWrite(act.command);
      const at = (msixOf(act.shape)?.at ?? 0) + CONTROL;
      if (!controls(act) || c === undefined || c.offset !== at) return act.right;
      const { value } = c;
      const swapped = (value & 0x3fff) | ((value & 0x8000) >>> 1) | ((value & 0x4000) << 1);
      return pci.writeConfig(act.shape, act.before, c.offset, c.width, swapped);
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-11",
    "table-size-writable",
    "Table Size takes what is written",
    reacting(["write"], (act) => {
      const c = configWrite(act.command);
      const at = (msixOf(act.shape)?.at ?? 0) + CONTROL;
      if (!controls(act) || c === undefined || c.offset !== at) return act.right;
      return { ...act.right, fn: poke(act.right.fn, at, 1, c.value) };
    }),
    { config: smallMsix },
  ),
  contract(
    "HW-MSIX-12",
    "served-entry-stays-pending",
    "a masked event that was served is still sent at the unmask",
    reacting(["quiet"], (act) =>
      using(act.shape, act.before) === "msix" ? { ...act.right, fn: act.before } : act.right,
    ),
    { config: smallMsix },
  ),
];
