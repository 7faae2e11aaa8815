/** Clauses MSI-PROG-1 to -9: programming and masking MSI. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie } from "../../core/source.js";
import { MSI_ENABLE, MSI_MME } from "../../hardware/pci/capabilities.js";
import {
  awake,
  type CapabilityTransition,
  digest,
  failed,
  intxOff,
  isEnabled,
  log2Up,
  maskIn,
  masksMsi,
  mmeIn,
  msiControl,
  msiIn,
  msiIsOn,
  msiMessageIn,
  msixIn,
  msixIsOn,
  readingIn,
  restored,
  sameMessage,
  sendable,
  vectorAt,
} from "./judging.js";
import { maskBits, usable, windowsFit } from "./reading.js";

type T = CapabilityTransition;

const task = "T1.1";
const step = "step" as const;
const contract = "contract" as const;
const setup = linux("drivers/pci/msi/msi.c:__msi_capability_init");
const chapter = pcie("6.1.4 MSI and MSI-X");

const inMsi = (t: T): boolean => t.before.kernel.mode === "msi";

/** MSI was set up by this command, or set up again. */
const msiSetUp = (t: T): boolean =>
  isEnabled(t, "enableMsi") || (restored(t) && t.after.kernel.mode === "msi");

/** A command that has to do with MSI registers. */
const aboutMsi = (t: T): boolean => t.command.kind === "enableMsi" || inMsi(t);

/** Enable rose over the registers of the final message. */
const roseComplete = (t: T): boolean => {
  const msi = msiIn(t);
  const first = t.after.kernel.vectors[0];
  const rise = digest(t).msiRise;
  if (msi === undefined || first === undefined || rise === undefined) return false;
  const count = t.after.kernel.vectors.length;
  return (
    sameMessage(rise.message, first.message) &&
    rise.mme === log2Up(count) &&
    sameMessage(msiMessageIn(msi, t.after.hardware), first.message)
  );
};

/** Control bits besides MME and Enable. */
const others = (control: number): number => control & ~(MSI_MME | MSI_ENABLE);

const soundMme = (t: T): boolean => {
  const msi = msiIn(t);
  if (msi === undefined || digest(t).controlClobbered) return false;
  const { hardware, kernel } = t.after;
  if (t.before.hardware.powered) {
    const was = others(msiControl(msi, t.before.hardware));
    if (others(msiControl(msi, hardware)) !== was) return false;
  }
  if (kernel.mode !== "msi") return true;
  return mmeIn(msi, hardware) === log2Up(kernel.vectors.length) && mmeIn(msi, hardware) <= msi.mmc;
};

/** Messages whose mask a command changes, and to what. */
const maskChanges = (t: T): readonly (readonly [number, boolean])[] => {
  const { command } = t;
  if (command.kind === "mask" || command.kind === "unmask") {
    return [[command.index, command.kind === "mask"]];
  }
  if (command.kind !== "overlap") return [];
  return [
    [command.first, command.firstMask],
    [command.second, command.secondMask],
  ];
};

const maskedAsTold = (t: T): boolean => {
  const msi = msiIn(t);
  if (msi === undefined) return false;
  let mask = maskIn(msi, t.before.hardware);
  for (const [index, on] of maskChanges(t)) mask = on ? mask | (1 << index) : mask & ~(1 << index);
  return maskIn(msi, t.after.hardware) === mask >>> 0;
};

/** INTx disable as it has to be after this command; undefined where nothing is said. */
const intxDue = (t: T): boolean | undefined => {
  if (!awake(t.after) || t.after.plug === undefined) return undefined;
  const uses = t.after.kernel.mode !== "none";
  const stops = t.command.kind === "disable" && t.before.kernel.mode !== "none";
  if (!uses && !(stops && t.response.kind === "done")) return undefined;
  if (!t.after.plug.intxBug) return uses;
  return awake(t.before) ? intxOff(t.before.hardware) : undefined;
};

const firedTooHigh = (t: T): boolean => {
  const { command } = t;
  if (command.kind !== "enableMsi" && command.kind !== "enableMsix") return false;
  if (readingIn(t)?.sound !== true || !awake(t.before)) return false;
  if (t.before.kernel.mode !== "none") return false;
  if (sendable(t, command.kind, command.addressHi)) return false;
  return (command.kind === "enableMsi" ? msiIn(t) : msixIn(t)) !== undefined;
};

/** Linux looks at the same things as the contract: no reserved MMC, no structure or window out. */
const undisputed = (t: T): boolean => {
  const msi = msiIn(t);
  const msix = msixIn(t);
  const { plug } = t.after;
  if (plug === undefined) return true;
  if (t.command.kind === "enableMsi") return msi === undefined || (msi.fits && msi.mmc <= 5);
  if (msix === undefined) return true;
  return msix.fits && (windowsFit(plug, msix) || !usable(plug, msix.tableBar));
};

const sameGrant = (t: T): boolean => {
  const { expected, response } = t;
  if (expected === undefined) return true;
  if (expected.kind === "enabled") {
    return response.kind === "enabled" && response.count === expected.count;
  }
  if (expected.kind !== "failed") return true;
  return response.kind === "failed" && response.error === expected.error;
};

export const msiClauses: readonly Clause<T>[] = [
  {
    id: "MSI-PROG-1",
    title: "MSI Enable rises only when address, data and MME of the final message are written",
    level: contract,
    kind: step,
    source: [setup, chapter],
    task,
    on: ["enableMsi", "resume"],
    applies: msiSetUp,
    holds: roseComplete,
  },
  {
    id: "MSI-PROG-2",
    title:
      "INTx disable is set while MSI or MSI-X is in use and clear after, but untouched on a " +
      "function with the INTx bug",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:pci_intx_for_msi"), pcie("7.5.1.1.3")],
    task,
    applies: (t) => intxDue(t) !== undefined,
    holds: (t) => intxOff(t.after.hardware) === intxDue(t),
  },
  {
    id: "MSI-PROG-3",
    title:
      "MME is the log2 of the messages allocated, rounded up, at most MMC; control bits besides " +
      "MME and Enable keep their value",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:msi_setup_msi_desc"), pcie("7.7.1.2")],
    task,
    on: ["enableMsi", "writeMessage", "disable", "resume"],
    applies: (t) => awake(t.after) && aboutMsi(t) && digest(t).writes > 0,
    holds: soundMme,
  },
  {
    id: "MSI-PROG-4",
    title: "writes to the mask register change bits of messages that exist only, all 32 at MMC 5",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.h:msi_multi_mask"), pcie("7.7.1.8")],
    task,
    on: ["enableMsi", "mask", "unmask", "overlap", "disable", "resume"],
    applies: (t) => awake(t.after) && digest(t).maskWrites > 0,
    holds: (t) => !digest(t).maskBeyond,
  },
  {
    id: "MSI-PROG-5",
    title:
      "all 2^MMC messages of a maskable function are masked before Enable rises, and unmasked " +
      "once it is used no more",
    level: "linux",
    kind: step,
    source: [setup, linux("drivers/pci/msi/msi.c:pci_msi_shutdown")],
    task,
    on: ["enableMsi", "disable"],
    applies: (t) =>
      masksMsi(t) &&
      awake(t.after) &&
      (isEnabled(t, "enableMsi") || (t.command.kind === "disable" && inMsi(t))),
    holds: (t) => {
      const msi = msiIn(t);
      if (msi === undefined) return false;
      const bits = maskBits(msi);
      const now = (maskIn(msi, t.after.hardware) & bits) >>> 0;
      if (t.command.kind === "disable") return !msiIsOn(t, t.after.hardware) && now === 0;
      return ((digest(t).msiRise?.mask ?? 0) & bits) >>> 0 === bits && now === bits;
    },
  },
  {
    id: "MSI-PROG-6",
    title: "masking or unmasking a message changes its bit alone, also when two calls overlap",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:pci_msi_update_mask"), pcie("7.7.1.8")],
    task,
    on: ["mask", "unmask", "overlap"],
    applies: (t) =>
      masksMsi(t) &&
      inMsi(t) &&
      awake(t.after) &&
      t.response.kind === "done" &&
      maskChanges(t).every(([index]) => vectorAt(t.before, index) !== undefined),
    holds: maskedAsTold,
  },
  {
    id: "MSI-PROG-7",
    title: "where a function has no mask register nothing is written",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:pci_msi_update_mask"), pcie("7.7.1")],
    task,
    on: ["enableMsi", "mask", "unmask", "overlap", "disable", "resume", "writeMessage"],
    applies: (t) => aboutMsi(t) && msiIn(t)?.fits === true && msiIn(t)?.maskable === false,
    holds: (t) => !digest(t).maskOfNone,
  },
  {
    id: "MSI-PROG-8",
    title:
      "a message address that the function cannot send makes the setup fail, MSI Enable never " +
      "rises and MSI-X is left disabled",
    level: contract,
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:msi_verify_entries"), pcie("7.7.1.2")],
    task,
    on: ["enableMsi", "enableMsix"],
    applies: firedTooHigh,
    holds: (t) => {
      if (!failed(t) || digest(t).msiRise !== undefined) return false;
      return t.command.kind === "enableMsi" || !msixIsOn(t, t.after.hardware);
    },
  },
  {
    id: "MSI-PROG-9",
    title:
      "enabling grants the count of Linux, or fails with its error, the preconditions being " +
      "looked at in its order",
    level: "linux",
    kind: step,
    source: [
      linux("drivers/pci/msi/msi.c:__pci_enable_msi_range"),
      linux("drivers/pci/msi/msi.c:__pci_enable_msix_range"),
    ],
    task,
    on: ["enableMsi", "enableMsix"],
    applies: (t) =>
      t.expected !== undefined &&
      (t.command.kind === "enableMsi" || t.command.kind === "enableMsix") &&
      undisputed(t),
    holds: sameGrant,
  },
];
