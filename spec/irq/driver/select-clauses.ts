/** Which mode a driver gets and how many: DRV-1 to DRV-5. */
import type { Clause } from "../../core/clause.js";
import { linux, plan } from "../../core/source.js";
import {
  type Answer,
  admitted,
  type Choice,
  capacity,
  type DriverTransition,
  deviceAt,
  flagOf,
  isChoice,
  maySupply,
  mustSupply,
  type Of,
  preference,
  sameList,
} from "./judging.js";
import {
  type Device,
  type DriverView,
  LINUX_NO_MSI,
  type Registers,
  type Response,
} from "./vocabulary.js";

type T = DriverTransition;

const task = "T1.5";
const contract = "contract" as const;
const step = "step" as const;
const apiFile = "drivers/pci/msi/api.c";
const msiFile = "drivers/pci/msi/msi.c";
const allocate = linux(`${apiFile}:pci_alloc_irq_vectors_affinity`);
const on = ["alloc"] as const;

const requestOf = (t: T): Of<"alloc"> => t.command as Of<"alloc">;
const granted = (t: T): Answer<"granted"> | undefined =>
  t.response.kind === "granted" ? t.response : undefined;
const target = (t: T, view: DriverView): Device | undefined => deviceAt(view, requestOf(t).device);
const isAnswer = (t: T): boolean => t.response.kind === "granted" || t.response.kind === "failed";
const isOpen = (t: T): boolean => (target(t, t.before)?.driver ?? -1) >= 0;

/** A request of a driver that has nothing yet. */
const isRequest = (t: T): boolean =>
  isAnswer(t) && isOpen(t) && target(t, t.before)?.grant === undefined;

const must = (t: T, mode: Choice): boolean => mustSupply(t.config, t.before, requestOf(t), mode);

/** No mode that comes first could be had for certain, and the chosen one is among the allowed. */
const firstOfAll = (t: T): boolean => {
  const answer = granted(t);
  for (const mode of preference) {
    if (answer?.mode === mode) return maySupply(t.config, t.before, requestOf(t), mode);
    if (must(t, mode)) return false;
  }
  return answer === undefined;
};

const inRange = (t: T): boolean => {
  const { min, max, device } = requestOf(t);
  const answer = granted(t);
  if (min > max) return answer === undefined;
  if (answer === undefined) return true;
  const { mode, count, cpus, vectors } = answer;
  if (!isChoice(mode) || count < Math.max(min, 1)) return false;
  if (count > Math.min(max, capacity(t.config.devices[device], mode))) return false;
  if (mode === "legacy") return min === 1 && count === 1;
  // Without a least number MSI fails.
  if (mode === "msi" && min === 0) return false;
  return cpus.length === count && vectors.length === count;
};

const sameMasks = (a: Registers, b: Registers): boolean =>
  a.functionMask === b.functionMask &&
  a.msiMask === b.msiMask &&
  a.entryMasks.every((masked, i) => masked === b.entryMasks[i]);

const sameControls = (a: Registers, b: Registers): boolean =>
  a.msixEnabled === b.msixEnabled &&
  a.msiEnabled === b.msiEnabled &&
  a.intxDisabled === b.intxDisabled &&
  sameMasks(a, b);

/** MSI modes that the request goes through before the one it ends in. */
const attempted = (t: T): number => {
  const r = requestOf(t);
  const answer = granted(t);
  let count = 0;
  for (const mode of ["msix", "msi"] as const) {
    if (answer?.mode === mode) break;
    if ((r.modes & flagOf[mode]) === 0) continue;
    const has = t.config.devices[r.device]?.capabilities.some((c) => c.kind === mode) ?? false;
    if (has && admitted(target(t, t.before)?.quirks ?? 0, mode)) count++;
  }
  return count;
};

const leftClean = (t: T): boolean => {
  const { device } = requestOf(t);
  const [before, after] = [t.before.registers(device), t.after.registers(device)];
  const answer = granted(t);
  if (answer === undefined) return sameControls(before, after);
  if (after.msixEnabled || after.functionMask !== before.functionMask) return false;
  if (after.entryMasks.some((masked, i) => masked !== before.entryMasks[i])) return false;
  if (answer.mode === "msi") return true;
  return !after.msiEnabled && after.msiMask === before.msiMask;
};

/** Vectors, vectors set aside and reservations of a refused request. */
const nothingKept = (t: T): boolean => {
  const { observed } = t;
  if (observed === undefined) return true;
  for (let cpu = 0; cpu < t.config.apicIds.length; cpu++) {
    if (!sameList(observed.taken(cpu), t.before.taken(cpu))) return false;
    if (observed.aside(cpu) !== t.before.aside(cpu)) return false;
  }
  return observed.reserved === t.before.reserved;
};

const errorOf = (response: Response | undefined): string =>
  response?.kind === "failed" ? response.error : "";
const modesAsked = (t: T): number => [1, 2, 4].filter((f) => requestOf(t).modes & f).length;

export const selectClauses: readonly Clause<T>[] = [
  {
    id: "DRV-1",
    title:
      "the mode is the first of MSI-X, MSI and legacy that request and quirks allow, that the " +
      "device has, and that can supply the least number; a failed one is followed by the next",
    level: contract,
    kind: step,
    source: [allocate, plan("T1.5")],
    task,
    on,
    applies: (t) => isRequest(t) && (granted(t) !== undefined || requestOf(t).modes !== 0),
    holds: firstOfAll,
  },
  {
    id: "DRV-2",
    title:
      "FORCE_LEGACY leaves legacy or failure, NO_MSIX excludes MSI-X alone and NO_MSI MSI alone; " +
      "the flags of all layers add up",
    level: contract,
    kind: step,
    source: [plan("T1.5")],
    task,
    on,
    applies: (t) => isRequest(t) && ((target(t, t.before)?.quirks ?? 0) & 7) !== 0,
    holds: (t) => {
      const mode = granted(t)?.mode ?? "none";
      return !isChoice(mode) || admitted(target(t, t.before)?.quirks ?? 0, mode);
    },
  },
  {
    id: "DRV-3",
    title: "a device that Linux marks no_msi gets neither MSI nor MSI-X",
    level: "linux",
    kind: step,
    source: [linux(`${msiFile}:pci_msi_supported`)],
    task,
    on,
    applies: (t) => isRequest(t) && ((target(t, t.before)?.quirks ?? 0) & LINUX_NO_MSI) !== 0,
    holds: (t) => (granted(t)?.mode ?? "legacy") === "legacy",
  },
  {
    id: "DRV-3-E",
    title: "a total failure has the error of the last mode tried, ENOSPC if none was tried",
    level: "linux",
    kind: step,
    source: [allocate],
    task,
    on,
    applies: (t) =>
      isOpen(t) &&
      modesAsked(t) !== 1 &&
      t.response.kind === "failed" &&
      t.expected?.kind === "failed",
    holds: (t) => errorOf(t.response) === errorOf(t.expected),
  },
  {
    id: "DRV-4",
    title:
      "a grant is at least `min` and at most `max` and what the device has; min above max fails; " +
      "legacy is for a least number of 1 on a device with a pin, and is 1",
    level: contract,
    kind: step,
    source: [linux(`${msiFile}:__pci_enable_msix_range`), allocate],
    task,
    on,
    applies: isRequest,
    holds: inRange,
  },
  {
    id: "DRV-4-L",
    title:
      "as many as Linux grants; ERANGE where min is above max, ENOSPC where there are too few, " +
      "EINVAL where the mode is not to be had",
    level: "linux",
    kind: step,
    source: [
      linux(`${msiFile}:__pci_enable_msi_range`),
      linux(`${msiFile}:__pci_enable_msix_range`),
    ],
    task,
    on,
    applies: (t) => isRequest(t) && t.expected !== undefined,
    holds: (t) => {
      const right = t.expected;
      if (right?.kind !== "granted") {
        if (t.response.kind !== "failed") return false;
        return modesAsked(t) !== 1 || errorOf(t.response) === errorOf(right);
      }
      return granted(t)?.mode === right.mode && granted(t)?.count === right.count;
    },
  },
  {
    id: "DRV-5",
    title: "a failed attempt leaves Enable, Function Mask, INTx Disable and mask bits as they were",
    level: contract,
    kind: step,
    source: [linux(`${msiFile}:msix_capability_init`), linux(`${msiFile}:msi_capability_init`)],
    task,
    on,
    needs: ["bus"],
    applies: (t) => isOpen(t) && isAnswer(t) && attempted(t) > 0,
    holds: leftClean,
  },
  {
    id: "DRV-5-V",
    title: "a refused request leaves vectors and reservations as they were",
    level: contract,
    kind: step,
    source: [linux("kernel/irq/msi.c:msi_domain_alloc_locked")],
    task,
    on,
    needs: ["vectors"],
    applies: (t) => t.response.kind === "failed" && isOpen(t) && attempted(t) > 0,
    holds: nothingKept,
  },
];
