/** Faults of the walk and of parsing. */
import type { RegisterBus } from "../../../models/irq/capability/bus.js";
import type { Sequence } from "../../../models/irq/capability/step.js";
import { capabilityStart } from "../../../models/irq/capability/walk.js";
import { messagesOf } from "../../../spec/hardware/pci/capabilities.js";
import { CAPABILITY_LIST, HEADER_TYPE, STATUS } from "../../../spec/hardware/pci/header.js";
import { FIRST_CAPABILITY, WALK_LIMIT } from "../../../spec/irq/capability/reading.js";
import type { Of, Response } from "../../../spec/irq/capability/vocabulary.js";
import { answer, type CapabilityFault, contract, instead, linuxLevel } from "./fault-kit.js";

/** A walk with something of it replaced. */
type Odd = {
  readonly start?: (bus: RegisterBus) => number;
  readonly limit?: number;
  /** The pointer to follow, given the one read and the place it was read from; 0 to stop. */
  readonly follow?: (next: number, from: number) => number;
  readonly stopsAt?: (id: number) => boolean;
  readonly round?: boolean;
  /** Goes on after a match, for a later one. */
  readonly last?: boolean;
};

const walkWith =
  (odd: Odd) =>
  ({ command }: { readonly command: Of<"walk"> }): Sequence =>
  (bus) => {
    const start = (odd.start ?? capabilityStart)(bus);
    let at = start === 0 ? 0 : bus.readConfig(start, 1);
    let found = 0;
    for (let left = odd.limit ?? WALK_LIMIT; left > 0 && at >= FIRST_CAPABILITY; left--) {
      if (odd.round !== false) at &= ~3;
      const header = bus.readConfig(at, 2);
      const id = header & 0xff;
      if (id === 0xff || odd.stopsAt?.(id) === true) break;
      if (id === command.id) {
        found = at;
        if (odd.last !== true) break;
      }
      at = odd.follow === undefined ? header >>> 8 : odd.follow(header >>> 8, at);
    }
    return { kind: "walked", found, bus: bus.log };
  };

const oddWalk = (odd: Odd) => instead("walk", walkWith(odd));

const msi = (change: (c: Of<"parse">, said: Extract<Response, { kind: "msi" }>) => Response) =>
  answer((c, right) => (c.kind === "parse" && right.kind === "msi" ? change(c, right) : right));

const msix = (change: (c: Of<"parse">, said: Extract<Response, { kind: "msix" }>) => Response) =>
  answer((c, right) => (c.kind === "parse" && right.kind === "msix" ? change(c, right) : right));

/** What a reader says that takes what is missing for zeros. */
const unchecked: Response = {
  kind: "msi",
  is64: false,
  maskable: false,
  capable: messagesOf({ kind: "msi", at: 0, messages: 0, is64: false, maskable: false }),
  enabled: false,
  allocatedLog2: 0,
  address: 4,
  addressHigh: 0,
  data: 8,
  mask: 0,
  pending: 0,
  size: 10,
};

export const walkFaults: readonly CapabilityFault[] = [
  contract(
    "MSI-CAP-1",
    "walk-without-a-list",
    "the status bit is not looked at before the list is followed",
    oddWalk({ start: (bus) => ((bus.readConfig(HEADER_TYPE, 1) & 0x7f) === 2 ? 0x14 : 0x34) }),
  ),
  contract(
    "MSI-CAP-2",
    "walk-stops-on-backwards-pointer",
    "a pointer to a lower place is taken for the end of the list",
    oddWalk({ follow: (next, from) => (next > from ? next : 0) }),
  ),
  contract(
    "MSI-CAP-3",
    "walk-without-bound",
    "a list that turns back into itself is followed for ever, cut here at 2000 headers",
    oddWalk({ limit: 2000 }),
  ),
  linuxLevel(
    "MSI-CAP-4",
    "unaligned-pointer-refused",
    "a pointer with low bits ends the walk instead of losing them",
    oddWalk({ follow: (next) => (next % 4 === 0 ? next : 0) }),
  ),
  linuxLevel(
    "MSI-CAP-4",
    "null-capability-ends-the-walk",
    "id 0 is taken for the end of the list",
    oddWalk({ stopsAt: (id) => id === 0 }),
  ),
  linuxLevel(
    "MSI-CAP-4",
    "header-read-at-odd-offset",
    "the low bits of a pointer are kept",
    oddWalk({ round: false, follow: (next) => Math.min(next, 0xfe) }),
  ),
  linuxLevel(
    "MSI-CAP-5",
    "walk-of-47-headers",
    "the bound is counted down before the first header is looked at",
    oddWalk({ limit: WALK_LIMIT - 1 }),
  ),
  linuxLevel(
    "MSI-CAP-5",
    "last-of-two-equal-ids",
    "the walk goes on after a match and answers the last one",
    oddWalk({ last: true }),
  ),
  linuxLevel(
    "MSI-CAP-6",
    "multifunction-bit-in-the-header-type",
    "bit 7 is not masked off, so that the first function of several has no list",
    oddWalk({
      start: (bus) => {
        if ((bus.readConfig(STATUS, 2) & CAPABILITY_LIST) === 0) return 0;
        const type = bus.readConfig(HEADER_TYPE, 1);
        return type === 2 ? 0x14 : type < 2 ? 0x34 : 0;
      },
    }),
  ),
  linuxLevel(
    "MSI-CAP-6",
    "cardbus-list-at-0x34",
    "the list of a CardBus bridge is looked for where other headers have it",
    oddWalk({
      start: (bus) => {
        const start = capabilityStart(bus);
        return start === 0 ? 0 : 0x34;
      },
    }),
  ),
];

export const parseFaults: readonly CapabilityFault[] = [
  contract(
    "MSI-CAP-7",
    "data-of-64-bit-at-8",
    "the datum is taken from where 32-bit capabilities have it",
    msi((_c, said) => ({ ...said, data: 8 })),
  ),
  contract(
    "MSI-CAP-7",
    "mask-register-for-all",
    "control bit 8 is not looked at: every capability is given a mask register",
    msi((_c, said) => ({ ...said, mask: said.is64 ? 0x10 : 0x0c })),
  ),
  contract(
    "MSI-CAP-8",
    "message-count-unbounded",
    "reserved values of MMC are shifted like the others: 64 and 128 messages",
    msi((c, said) => ({ ...said, capable: 2 ** (((c.bytes[2] ?? 0) >>> 1) & 7) })),
  ),
  contract(
    "MSI-CAP-9",
    "structure-not-bounded",
    "a capability is read without a look at where its buffer ends",
    answer((c, right) =>
      c.kind === "parse" && c.capability === "msi" && right.kind === "refused" ? unchecked : right,
    ),
  ),
  contract(
    "MSI-CAP-10",
    "table-size-mask-10-bits",
    "the size of the table is cut to ten bits: 1025 entries become one",
    msix((_c, said) => ({ ...said, entries: ((said.entries - 1) & 0x3ff) + 1 })),
  ),
  contract(
    "MSI-CAP-10",
    "table-size-without-one",
    "the register is taken for the size, which it is one less than",
    msix((_c, said) => ({ ...said, entries: said.entries - 1 })),
  ),
  contract(
    "MSI-CAP-11",
    "table-offset-shifted",
    "the offset is shifted down by the three bits of the BIR instead of having them cleared",
    msix((_c, said) => ({ ...said, tableOffset: said.tableOffset / 8 })),
  ),
  contract(
    "MSI-CAP-11",
    "pending-bits-of-32-a-word",
    "64-bit words of the Pending Bit Array are counted as if they held 32 bits",
    answer((c, right) =>
      c.kind === "pendingBit" && right.kind === "bit"
        ? { ...right, offset: 8 * (c.entry >>> 5), bit: c.entry & 31 }
        : right,
    ),
  ),
  contract(
    "MSI-CAP-14",
    "control-bits-swapped-in-the-reader",
    "Enable is read from bit 14 and Function Mask from bit 15",
    msix((_c, said) => ({ ...said, enabled: said.functionMask, functionMask: said.enabled })),
  ),
];
