/** Clauses MSI-CAP-1 to -6: the walk through the list of capabilities. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie } from "../../core/source.js";
import { HEADER_TYPE } from "../../hardware/pci/header.js";
import { busOf, type CapabilityTransition, readingIn } from "./judging.js";
import { type Chain, FIRST_CAPABILITY, foundBy } from "./reading.js";

type T = CapabilityTransition;

const task = "T1.1";
const step = "step" as const;
const on = ["walk"] as const;
const start = linux("drivers/pci/pci.c:__pci_bus_find_cap_start");
const next = linux("drivers/pci/pci.h:PCI_FIND_NEXT_CAP");

const chainIn = (t: T): Chain | undefined => readingIn(t)?.chain;

const found = (t: T): number => (t.response.kind === "walked" ? t.response.found : -1);

/** The first match as Linux finds it. */
const right = (t: T): number => {
  const chain = chainIn(t);
  return chain === undefined || t.command.kind !== "walk" ? 0 : foundBy(chain, t.command.id);
};

/** Reads of bytes where capabilities stand. */
const beyond = (t: T) =>
  busOf(t).filter((a) => a.space === "config" && a.offset + a.width > FIRST_CAPABILITY);

/** Most headers a walk may look at, and reads for each: id and pointer apart. */
const MOST_READS = 2 * 256;

const listed = (t: T): boolean => {
  const chain = chainIn(t);
  return t.command.kind === "walk" && chain?.present === true && chain.pointer !== undefined;
};

/** Headers up to the one that ends the walk for this id. */
const inspected = (t: T): readonly number[] => {
  const headers = chainIn(t)?.headers ?? [];
  const id = t.command.kind === "walk" ? t.command.id : -1;
  const at = id === 0xff ? -1 : headers.findIndex((h) => h.id === id);
  return (at < 0 ? headers : headers.slice(0, at + 1)).map((h) => h.at);
};

/** Every read lies in a header that the walk comes to, and none begins between its bytes. */
const readsHeadersOnly = (t: T): boolean => {
  const headers = new Set(inspected(t));
  return beyond(t).every(
    ({ offset, width }) => headers.has(offset & ~3) && (width === 1 || offset % 2 === 0),
  );
};

const ids = (t: T): readonly number[] => (chainIn(t)?.headers ?? []).map((h) => h.id);

/** Something on the way is not as a list should be: low pointer bits, id 0, id 0xFF. */
const oddOnTheWay = (t: T): boolean => {
  const chain = chainIn(t);
  if (!listed(t) || chain === undefined) return false;
  return chain.unaligned || ids(t).includes(0) || ids(t).includes(0xff);
};

const kindOf = (t: T): number => (readingIn(t)?.bytes[HEADER_TYPE] ?? 0) & 0x7f;

/** Of the two places of a first pointer, those that were read. */
const pointersRead = (t: T): readonly number[] =>
  [0x34, 0x14].filter((p) =>
    busOf(t).some(
      (a) => a.space === "config" && a.width < 4 && a.offset <= p && p < a.offset + a.width,
    ),
  );

export const walkClauses: readonly Clause<T>[] = [
  {
    id: "MSI-CAP-1",
    title: "with status bit 4 clear no capability is found, and nothing from 0x40 on is read",
    level: "contract",
    kind: step,
    source: [start, pcie("7.5.1.1")],
    task,
    on,
    applies: (t) => t.command.kind === "walk" && chainIn(t)?.present === false,
    holds: (t) => found(t) === 0 && beyond(t).length === 0,
  },
  {
    id: "MSI-CAP-2",
    title:
      "in a well-formed list, in any order, every capability is found where it stands, and none " +
      "that is not there",
    level: "contract",
    kind: step,
    source: [next, pcie("7.5.3")],
    task,
    on,
    applies: (t) => t.command.kind === "walk" && chainIn(t)?.wellFormed === true,
    holds: (t) => found(t) === right(t),
  },
  {
    id: "MSI-CAP-3",
    title: "whatever the list, a walk ends after at most 256 headers",
    level: "contract",
    kind: step,
    source: [linux("drivers/pci/pci.h:PCI_FIND_CAP_TTL")],
    task,
    on,
    applies: (t) => listed(t) && chainIn(t)?.wellFormed === false,
    holds: (t) => t.response.kind === "walked" && beyond(t).length <= MOST_READS,
  },
  {
    id: "MSI-CAP-4",
    title:
      "low pointer bits are dropped after the test below 0x40, id 0 does not end a walk and id " +
      "0xFF does; no other place is read, and none at an odd offset",
    level: "linux",
    kind: step,
    source: [next],
    task,
    on,
    applies: oddOnTheWay,
    holds: (t) => found(t) === right(t) && readsHeadersOnly(t),
  },
  {
    id: "MSI-CAP-5",
    title:
      "the result is that of 48 headers followed from the first: the longest list to its end, " +
      "cycles of any length, the first of two equal ids",
    level: "linux",
    kind: step,
    source: [next],
    task,
    on,
    applies: listed,
    holds: (t) => found(t) === right(t),
  },
  {
    id: "MSI-CAP-6",
    title:
      "the list starts at 0x14 for CardBus and at 0x34 for types 0 and 1, the multifunction bit " +
      "aside; other header types have none",
    level: "linux",
    kind: step,
    source: [start],
    task,
    on,
    applies: (t) => {
      const type = readingIn(t)?.bytes[HEADER_TYPE] ?? 0;
      return t.command.kind === "walk" && chainIn(t)?.present === true && type !== 0;
    },
    holds: (t) => {
      const pointer = kindOf(t) === 2 ? 0x14 : 0x34;
      if (kindOf(t) > 2) return found(t) === 0 && beyond(t).length === 0;
      return found(t) === right(t) && pointersRead(t).every((p) => p === pointer);
    },
  },
];
