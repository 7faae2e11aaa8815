/** Clauses MSIX-PROG-1 to -10: programming and masking MSI-X, and what both share. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie } from "../../core/source.js";
import { MSIX_ENABLE, MSIX_FUNCTION_MASK } from "../../hardware/pci/capabilities.js";
import {
  awake,
  type CapabilityTransition,
  digest,
  entryMaskedIn,
  entryMessageIn,
  failed,
  isEnabled,
  log2Up,
  maskIn,
  masksMsi,
  mmeIn,
  msiIn,
  msiIsOn,
  msiMessageIn,
  msixControl,
  msixIn,
  msixIsOn,
  repeats,
  restored,
  sameMessage,
  vectorAt,
} from "./judging.js";
import type { Hardware, Vector, View } from "./vocabulary.js";

type T = CapabilityTransition;

const task = "T1.1";
const step = "step" as const;
const contract = "contract" as const;
const setup = linux("drivers/pci/msi/msi.c:msix_capability_init");
const write = linux("drivers/pci/msi/msi.c:pci_write_msg_msix");
const chapter = pcie("6.1.4 MSI and MSI-X");

const inMsix = (t: T): boolean => t.before.kernel.mode === "msix";

/** MSI-X was set up by this command, or set up again. */
const msixSetUp = (t: T): boolean =>
  isEnabled(t, "enableMsix") || (restored(t) && t.after.kernel.mode === "msix");

/** A command on an entry in use, done on hardware that is there. */
const onEntry = (t: T): boolean =>
  t.config.masking && inMsix(t) && awake(t.before) && awake(t.after) && t.response.kind === "done";

const rewrites = (t: T): boolean => t.command.kind === "writeMessage" && onEntry(t);

const controlNow = (t: T, hardware: Hardware): number => {
  const msix = msixIn(t);
  return msix === undefined ? 0 : msixControl(msix, hardware);
};

const everyEntry = (hardware: Hardware, test: (index: number) => boolean): boolean => {
  for (let i = 0; i < hardware.entries; i++) if (!test(i)) return false;
  return true;
};

const maskKept = (t: T): boolean => {
  if (t.command.kind !== "writeMessage") return true;
  const { index } = t.command;
  return entryMaskedIn(t.before.hardware, index) === entryMaskedIn(t.after.hardware, index);
};

/** The kernel's books and the function agree on how an interrupt is masked. */
const maskable = (t: T, view: View): boolean =>
  t.config.masking && (view.kernel.mode === "msix" || (view.kernel.mode === "msi" && masksMsi(t)));

const pends = (view: View, index: number): boolean =>
  view.kernel.mode === "msix"
    ? view.hardware.pending(index)
    : ((view.hardware.pendingMsi() >>> index) & 1) !== 0;

/** An event of an interrupt in use, or the unmasking of one. */
const released = (t: T): Vector | undefined => {
  const { command } = t;
  if (command.kind !== "event" && command.kind !== "unmask") return undefined;
  if (!awake(t.before) || !maskable(t, t.before)) return undefined;
  return vectorAt(t.before, command.index);
};

const onceAndNow = (t: T): boolean => {
  const v = released(t) as Vector;
  const quiet = t.command.kind === "event" ? v.masked : !pends(t.before, v.index);
  if (quiet) {
    return t.after.sent.length === 0 && pends(t.after, v.index) === (t.command.kind === "event");
  }
  const [only, ...more] = t.after.sent;
  if (only === undefined || more.length > 0 || pends(t.after, v.index)) return false;
  return sameMessage(only, v.message);
};

/** A request while the other kind, or the same, is in use. */
const secondRequest = (t: T): boolean => {
  const { kind } = t.command;
  if (kind === "enableMsi") return inMsix(t);
  return kind === "enableMsix" && t.before.kernel.mode === "msi";
};

const entryRestored = (t: T, v: Vector): boolean =>
  sameMessage(entryMessageIn(t.after.hardware, v.index), v.message) &&
  (!t.config.masking || entryMaskedIn(t.after.hardware, v.index) === v.masked);

const msixRestored = (t: T): boolean => {
  const bits = controlNow(t, t.after.hardware) & (MSIX_ENABLE | MSIX_FUNCTION_MASK);
  if (bits !== MSIX_ENABLE || digest(t).writtenLive) return false;
  return t.after.kernel.vectors.every((v) => entryRestored(t, v));
};

const msiRestored = (t: T): boolean => {
  const msi = msiIn(t);
  const { kernel, hardware } = t.after;
  const first = kernel.vectors[0];
  if (msi === undefined || first === undefined || !msiIsOn(t, hardware)) return false;
  if (!sameMessage(msiMessageIn(msi, hardware), first.message)) return false;
  if (mmeIn(msi, hardware) !== log2Up(kernel.vectors.length)) return false;
  if (!masksMsi(t)) return true;
  const mask = maskIn(msi, hardware);
  return kernel.vectors.every((v) => ((mask >>> v.index) & 1) === Number(v.masked));
};

/** A request that the list of capabilities and its own numbers admit, and that failed. */
const failedLate = (t: T): boolean => {
  const { command, before } = t;
  if (command.kind !== "enableMsix" || !failed(t) || !awake(t.after)) return false;
  if (digest(t).msixRise !== undefined) return true;
  const { min, max } = command;
  return msixIn(t) !== undefined && before.kernel.mode === "none" && min > 0 && min <= max;
};

export const msixClauses: readonly Clause<T>[] = [
  {
    id: "MSIX-PROG-1",
    title: "the write that sets MSI-X Enable sets Function Mask with it",
    level: "linux",
    kind: step,
    source: [setup],
    task,
    on: ["enableMsix"],
    applies: (t) => t.command.kind === "enableMsix" && digest(t).msixRise !== undefined,
    holds: (t) => ((digest(t).msixRise ?? 0) & MSIX_FUNCTION_MASK) !== 0,
  },
  {
    id: "MSIX-PROG-2",
    title:
      "from the moment Enable is set, no entry can fire before it holds the message of its " +
      "interrupt",
    level: contract,
    kind: step,
    source: [chapter],
    task,
    on: ["enableMsix", "resume"],
    applies: (t) =>
      t.config.masking &&
      ((t.command.kind === "enableMsix" && digest(t).msixRise !== undefined) ||
        (restored(t) && t.after.kernel.mode === "msix")),
    holds: (t) => !digest(t).stale,
  },
  {
    id: "MSIX-PROG-3",
    title: "once set up, every entry of the table is masked, also those that nobody asked for",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:msix_mask_all"), chapter],
    task,
    on: ["enableMsix"],
    applies: (t) =>
      t.config.masking &&
      isEnabled(t, "enableMsix") &&
      !everyEntry(t.before.hardware, (i) => entryMaskedIn(t.before.hardware, i)),
    holds: (t) => everyEntry(t.after.hardware, (i) => entryMaskedIn(t.after.hardware, i)),
  },
  {
    id: "MSIX-PROG-4",
    title:
      "address and data of an entry are written only while it or the function is masked, and its " +
      "mask bit is then as before",
    level: contract,
    kind: step,
    source: [write, chapter],
    task,
    on: ["writeMessage", "enableMsix", "resume"],
    applies: (t) => rewrites(t) || (t.config.masking && msixSetUp(t)),
    holds: (t) => !digest(t).torn && maskKept(t),
  },
  {
    id: "MSIX-PROG-5",
    title:
      "a new message or a mask bit set is pushed by a read of the table; masking keeps bits [31:1] " +
      "of the vector control as found at setup",
    level: "linux",
    kind: step,
    source: [write, linux("drivers/pci/msi/msi.h:pci_msix_mask")],
    task,
    on: ["writeMessage", "mask", "unmask", "overlap", "enableMsix"],
    applies: (t) => onEntry(t) || (t.config.masking && isEnabled(t, "enableMsix")),
    holds: (t) => {
      const d = digest(t);
      if (t.command.kind === "enableMsix") return !d.messageUnflushed;
      if (d.messageUnflushed || d.maskUnflushed) return false;
      return t.command.kind === "writeMessage" || !d.tagsClobbered;
    },
  },
  {
    id: "MSIX-PROG-6",
    title: "a setup that fails for want of interrupts, windows or addresses leaves Enable clear",
    level: contract,
    kind: step,
    source: [setup],
    task,
    on: ["enableMsix"],
    // Linux fails after it set Enable; a kernel that looks first has nothing to undo.
    applies: failedLate,
    holds: (t) => !msixIsOn(t, t.after.hardware),
  },
  {
    id: "MSIX-PROG-6-L",
    title: "a setup that fails after it set Enable leaves Function Mask clear as well",
    level: "linux",
    kind: step,
    source: [setup],
    task,
    on: ["enableMsix"],
    applies: (t) => failed(t) && digest(t).msixRise !== undefined,
    holds: (t) => (controlNow(t, t.after.hardware) & MSIX_FUNCTION_MASK) === 0,
  },
  {
    id: "MSIX-PROG-7",
    title:
      "events of a masked interrupt send nothing and pend; unmasking sends one message, the one " +
      "that is current then, however many events there were",
    level: contract,
    kind: step,
    source: [chapter],
    task,
    on: ["event", "unmask"],
    applies: (t) =>
      released(t) !== undefined && (t.command.kind === "event" || t.response.kind === "done"),
    holds: onceAndNow,
  },
  {
    id: "MSIX-PROG-8",
    title:
      "MSI and MSI-X are never both enabled; a request for one while the other is in use fails " +
      "and changes nothing",
    level: contract,
    kind: step,
    source: [
      linux("drivers/pci/msi/msi.c:__pci_enable_msi_range"),
      linux("drivers/pci/msi/msi.c:__pci_enable_msix_range"),
      pcie("7.7.2.2"),
    ],
    task,
    on: ["enableMsi", "enableMsix", "resume"],
    applies: (t) =>
      secondRequest(t) ||
      (msiIn(t) !== undefined && msixIn(t) !== undefined && t.after.kernel.mode !== "none"),
    holds: (t) => {
      if (secondRequest(t) && (!failed(t) || digest(t).changed)) return false;
      const { hardware } = t.after;
      if (!awake(t.after) || t.after.kernel.mode === "none") return !digest(t).both;
      return !digest(t).both && !(msiIsOn(t, hardware) && msixIsOn(t, hardware));
    },
  },
  {
    id: "MSIX-PROG-9",
    title: "a request that names an entry twice is refused before anything is written",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:pci_msix_validate_entries")],
    task,
    on: ["enableMsix"],
    applies: (t) => t.command.kind === "enableMsix" && repeats(t.command),
    holds: (t) => failed(t) && digest(t).writes === 0,
  },
  {
    id: "MSIX-PROG-10",
    title:
      "without power, or gone, a new message is only noted; with power back the function holds " +
      "what was noted, and can fire only then",
    level: contract,
    kind: step,
    source: [
      linux("drivers/pci/msi/msi.c:__pci_write_msi_msg"),
      linux("drivers/pci/msi/msi.c:__pci_restore_msix_state"),
      linux("drivers/pci/msi/msi.c:__pci_restore_msi_state"),
    ],
    task,
    on: ["writeMessage", "resume"],
    requires: ["suspend", "resume"],
    applies: (t) =>
      t.command.kind === "writeMessage"
        ? !awake(t.before) && t.response.kind === "done"
        : restored(t) && t.after.kernel.mode !== "none",
    holds: (t) => {
      if (t.command.kind === "writeMessage") return digest(t).writes === 0;
      return t.after.kernel.mode === "msix" ? msixRestored(t) : msiRestored(t);
    },
  },
];
