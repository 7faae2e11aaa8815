import {
  CFI,
  FECTL,
  FRCD,
  FSTS,
  GCMD,
  IECTL,
  IQT,
  PFO,
} from "../../../spec/hardware/remapping/intel.js";
import { STATUS_PAGE } from "../machine/places.js";
import { contract, type MachineFault } from "../pci/fault-kit.js";
import {
  departing,
  intel,
  misreadsEntries,
  onRequest,
  onWrite,
  patched,
  restored,
  withIntel,
  word,
} from "./fault-kit.js";

const recordFaults: readonly MachineFault[] = [
  contract(
    "HW-IR-15",
    "fault-not-recorded",
    "a blocked request leaves no trace",
    departing("ir-faults-not-recorded"),
    { config: intel },
  ),
  contract(
    "HW-IR-16",
    "fpd-ignored",
    "faults are recorded although the entry disables that",
    misreadsEntries((e) => patched(e, 0, word(e, 0) & ~2)),
    { config: intel },
  ),
  contract(
    "HW-IR-17",
    "fri-names-the-next",
    "the fault record index names the record that the next fault takes",
    onRequest((right) =>
      withIntel(right, (u) => ({ ...u, faults: (u.faults & 0xff) | (u.nextRecord << 8) })),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-18",
    "all-records-freed",
    "clearing one record frees them all",
    onWrite(
      (offset) => offset >= FRCD && offset % 16 === 12,
      (right) => withIntel(right, (u) => ({ ...u, records: u.records.map(() => [0, 0, 0, 0]) })),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-19",
    "overflow-for-good",
    "PFO cannot be cleared",
    onWrite(
      (offset) => offset === FSTS,
      (right, before) =>
        withIntel(right, (u) =>
          before.unit?.kind === "intel"
            ? { ...u, faults: u.faults | (before.unit.faults & PFO) }
            : u,
        ),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-20",
    "head-stays-behind",
    "the head stops one descriptor before the tail",
    onWrite(
      (offset) => offset === IQT,
      (right, before) =>
        withIntel(right, (u) =>
          before.unit?.kind === "intel" && before.unit.head !== u.head
            ? { ...u, head: u.head - 16 }
            : u,
        ),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-21",
    "wait-stores-nothing",
    "a wait completes without storing its status",
    onWrite(
      (offset) => offset === IQT,
      (right, before) => restored(right, before, STATUS_PAGE, 4),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-22",
    "compatibility-not-shown",
    "GSTS does not show that compatibility-format requests pass",
    onWrite(
      (offset) => offset === GCMD,
      (right) => withIntel(right, (u) => ({ ...u, status: (u.status & ~CFI) >>> 0 })),
    ),
    { config: intel },
  ),
];

const eventFaults: readonly MachineFault[] = [
  contract(
    "HW-IR-23",
    "fault-not-told",
    "a fault is recorded and its event is never sent",
    onRequest((right, before) => ({ ...right, apics: before.apics })),
    { config: intel },
  ),
  contract(
    "HW-IR-24",
    "masked-event-forgotten",
    "an event that is masked when it happens is not kept",
    onRequest((right, before) =>
      withIntel(right, (u) =>
        before.unit?.kind === "intel" ? { ...u, faultEvent: before.unit.faultEvent } : u,
      ),
    ),
    { config: intel },
  ),
  contract(
    "HW-IR-25",
    "unmasked-event-unsent",
    "unmasking an event leaves what is pending unsent",
    onWrite(
      (offset) => offset === FECTL || offset === IECTL,
      (right, before) => ({ ...right, apics: before.apics }),
    ),
    { config: intel },
  ),
];

export const intelRecordFaults: readonly MachineFault[] = [...recordFaults, ...eventFaults];
