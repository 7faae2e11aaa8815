/** Faults of MSI. */
import * as pci from "../../../models/hardware/pci/index.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { maskableMsi, plainMsi, shortMsi } from "./configs.js";
import {
  type Act,
  configWrite,
  contract,
  eventNumber,
  type MachineFault,
  poke,
  reacting,
  using,
} from "./fault-kit.js";
import { latch, latchedOf } from "./latched.js";

const msiAt = (act: Act) => {
  const { msi } = pci.layoutOf(act.shape);
  return msi !== undefined && using(act.shape, act.before) === "msi" ? msi : undefined;
};

/** Another set of pending bits, shown in the register too. */
const withPending = (act: Act, fn: pci.PciFunction, bits: number): pci.PciFunction => {
  const at = pci.layoutOf(act.shape).msi?.pending ?? -1;
  const shown = at < 0 ? fn : poke(fn, at, 4, bits);
  return { ...shown, msiPending: bits >>> 0 };
};

const allocated = (act: Act): number => 2 ** pci.allocatedLog2(pci.layoutOf(act.shape), act.before);

const isMasked = (act: Act, i: number): boolean =>
  ((pci.msiMask(pci.layoutOf(act.shape), act.before) >>> i) & 1) === 1;

/** Changes each message that an event sends. */
const resent = (change: (act: Act, message: Message) => readonly Message[]) =>
  reacting(["event"], (act) =>
    msiAt(act) === undefined || act.right.sent.length === 0
      ? act.right
      : { ...act.right, sent: act.right.sent.flatMap((m) => change(act, m)) },
  );

/** Pending messages that this write set free, lowest first. */
const freed = (act: Act): readonly number[] => {
  const gone = act.before.msiPending & ~act.right.fn.msiPending;
  return Array.from({ length: 32 }, (_x, i) => i).filter((i) => ((gone >>> i) & 1) === 1);
};

export const msiFaults: readonly MachineFault[] = [
  contract(
    "HW-MSI-1",
    "number-added-to-data",
    "the message number is added to the data instead of replacing its low bits",
    resent((act, m) => {
      const data = pci.readConfig(act.shape, act.before, pci.layoutOf(act.shape).msi?.data ?? 0, 2);
      const number = m.data % allocated(act);
      return [{ ...m, data: (data + number) & 0xffff }];
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-1",
    "event-sent-twice",
    "an event sends its message twice",
    resent((_act, m) => [m, m]),
    { config: plainMsi },
  ),
  contract(
    "HW-MSI-1",
    "data-at-the-32-bit-place",
    "a 64-bit function takes the data from +8, where the upper address stands",
    resent((act, m) => {
      const { msi } = pci.layoutOf(act.shape);
      return [{ ...m, data: pci.readConfig(act.shape, act.before, msi?.addressHigh ?? 0, 2) }];
    }),
    { config: plainMsi },
  ),
  contract(
    "HW-MSI-2",
    "mme-not-limited",
    "the event's number goes into the data whole, beyond the messages allocated",
    resent((act, m) => {
      const number = eventNumber(act.command);
      return number < allocated(act) ? [m] : [{ ...m, data: (m.data | number) & 0xffff }];
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-3",
    "mask-ignored",
    "a masked message is sent at once",
    reacting(["event"], (act) => {
      const i = eventNumber(act.command) % allocated(act);
      if (msiAt(act) === undefined || !isMasked(act, i)) return act.right;
      return { fn: act.before, sent: [pci.msiMessage(pci.layoutOf(act.shape), act.before, i)] };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-3",
    "masked-event-lost",
    "an event whose message is masked leaves no trace",
    reacting(["event"], (act) => {
      const i = eventNumber(act.command) % allocated(act);
      return msiAt(act) !== undefined && isMasked(act, i)
        ? { fn: act.before, sent: [] }
        : act.right;
    }),
    { config: shortMsi },
  ),
  contract(
    "HW-MSI-4",
    "second-event-toggles",
    "a second event on a masked message takes its pending bit back",
    reacting(["event"], (act) => {
      const i = eventNumber(act.command) % allocated(act);
      if (msiAt(act) === undefined || !isMasked(act, i)) return act.right;
      return { sent: [], fn: withPending(act, act.before, act.before.msiPending ^ (1 << i)) };
    }),
    { config: shortMsi },
  ),
  contract(
    "HW-MSI-5",
    "message-latched-at-event",
    "a pending message goes out with the address and data of when the event came",
    reacting(["event", "write"], (act) => {
      if (msiAt(act) === undefined) return act.right;
      const layout = pci.layoutOf(act.shape);
      if (act.command.kind === "event") {
        const i = eventNumber(act.command) % allocated(act);
        if (!isMasked(act, i) || ((act.before.msiPending >>> i) & 1) === 1) return act.right;
        return { ...act.right, fn: latch(act.right.fn, i, pci.msiMessage(layout, act.before, i)) };
      }
      const gone = freed(act);
      if (gone.length !== act.right.sent.length) return act.right;
      const held = latchedOf(act.before);
      return { ...act.right, sent: act.right.sent.map((m, n) => held.get(gone[n] ?? -1) ?? m) };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-5",
    "unmasking-sends-nothing",
    "unmasking clears the pending bit and sends nothing",
    reacting(["write"], (act) =>
      msiAt(act) !== undefined && freed(act).length > 0 ? { ...act.right, sent: [] } : act.right,
    ),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-6",
    "pending-kept-on-unmask",
    "unmasking sends the message and leaves its pending bit set",
    reacting(["write"], (act) =>
      msiAt(act) !== undefined && freed(act).length > 0
        ? { ...act.right, fn: withPending(act, act.right.fn, act.before.msiPending) }
        : act.right,
    ),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-7",
    "unmask-sends-all",
    "writing the mask register sends every pending message, also those still masked",
    reacting(["write"], (act) => {
      const msi = msiAt(act);
      const c = configWrite(act.command);
      if (msi === undefined || c?.offset !== msi.mask || act.before.msiPending === 0) {
        return act.right;
      }
      const layout = pci.layoutOf(act.shape);
      const all = Array.from({ length: 32 }, (_x, i) => i).filter(
        (i) => ((act.before.msiPending >>> i) & 1) === 1,
      );
      const sent = all.map((i) => pci.msiMessage(layout, act.right.fn, i));
      return { sent, fn: withPending(act, act.right.fn, 0) };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-8",
    "mask-bits-beyond-mmc",
    "all 32 mask bits keep what is written, whatever MMC says",
    reacting(["write"], ({ command, shape, right }) => {
      const c = configWrite(command);
      const { msi } = pci.layoutOf(shape);
      return c === undefined || msi === undefined || c.offset !== msi.mask || c.width !== 4
        ? right
        : { ...right, fn: poke(right.fn, msi.mask, 4, c.value) };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-9",
    "pending-writable",
    "a write to the pending bits sets them",
    reacting(["write"], (act) => {
      const c = configWrite(act.command);
      const { msi } = pci.layoutOf(act.shape);
      if (c === undefined || msi === undefined || c.offset !== msi.pending) return act.right;
      return { ...act.right, fn: withPending(act, act.right.fn, c.value & msi.bits) };
    }),
    { config: maskableMsi },
  ),
  contract(
    "HW-MSI-10",
    "served-stays-pending",
    "a masked event that was served is still sent at the unmask",
    reacting(["quiet"], (act) =>
      msiAt(act) === undefined ? act.right : { ...act.right, fn: act.before },
    ),
    { config: maskableMsi },
  ),
];
