/** The mode that is reported and the mode a device is in: DRV-2-Q, DRV-10. */
import type { Clause } from "../../core/clause.js";
import { linux, plan, rule } from "../../core/source.js";
import { type FunctionShape, msixOf } from "../../hardware/shape.js";
import {
  admitted,
  type Choice,
  capacity,
  type DriverTransition,
  deviceAt,
  modeOf,
  type Of,
} from "./judging.js";
import type { Device, Registers } from "./vocabulary.js";

type T = DriverTransition;

const task = "T1.5";
const contract = "contract" as const;
const step = "step" as const;

const modeInForce = (registers: Registers, device: Device): boolean => {
  const { msixEnabled, msiEnabled, intxDisabled, functionMask } = registers;
  switch (device.grant?.mode ?? "none") {
    case "msix":
      return msixEnabled && !msiEnabled && intxDisabled && !functionMask;
    case "msi":
      return msiEnabled && !msixEnabled && intxDisabled;
    case "legacy":
      return !msixEnabled && !msiEnabled && !intxDisabled;
    case "none":
      return !msixEnabled && !msiEnabled;
  }
};

const shownBy = (t: T, mode: Choice, shown: number): boolean => {
  const { device } = t.command as Of<"query">;
  const state = deviceAt(t.before, device);
  if (!admitted(state?.quirks ?? 0, mode)) return shown === 0;
  const shape = t.config.devices[device];
  // What the capability says; whether its table can be reached shows when it is used.
  const has = mode === "msix" ? msixOf(shape as FunctionShape)?.entries : capacity(shape, mode);
  return shown <= (has ?? 0);
};

/** The device that a request is for, before it. */
const asked = (t: T): Device | undefined => deviceAt(t.before, (t.command as Of<"alloc">).device);

export const modeClauses: readonly Clause<T>[] = [
  {
    id: "DRV-2-Q",
    title: "a query shows no mode that a quirk excludes, and no more than the device has",
    level: contract,
    kind: step,
    source: [plan("T1.5")],
    task,
    on: ["query"],
    applies: (t) => t.response.kind === "support",
    holds: (t) => {
      if (t.response.kind !== "support") return false;
      const { msix, msi } = t.response;
      return shownBy(t, "msix", msix) && shownBy(t, "msi", msi);
    },
  },
  {
    id: "DRV-10",
    title: "the mode that was reported is the one the device is in",
    level: contract,
    kind: "invariant",
    source: [rule("a mode once enabled is never silently changed")],
    task,
    needs: ["bus"],
    applies: (t) => t.after.devices.some((device) => device.driver >= 0),
    holds: (t) => t.after.devices.every((device, i) => modeInForce(t.after.registers(i), device)),
  },
  {
    id: "DRV-10-S",
    title: "a device that has interrupts is granted no others until they are released",
    level: contract,
    kind: step,
    source: [
      linux("drivers/pci/msi/msi.c:__pci_enable_msi_range"),
      rule("a mode once enabled is never silently changed"),
    ],
    task,
    on: ["alloc"],
    applies: (t) => asked(t)?.grant !== undefined && (asked(t)?.driver ?? -1) >= 0,
    holds: (t) => t.response.kind !== "granted",
  },
  {
    id: "DRV-10-Q",
    title: "a query reports the mode and the number that were granted",
    level: contract,
    kind: step,
    source: [rule("a mode once enabled is never silently changed")],
    task,
    on: ["query"],
    applies: (t) =>
      t.response.kind === "support" &&
      modeOf(t.before, (t.command as Of<"query">).device) !== "none",
    holds: (t) => {
      if (t.response.kind !== "support") return false;
      const grant = deviceAt(t.before, (t.command as Of<"query">).device)?.grant;
      const count = grant?.handles.filter((handle) => handle !== undefined).length ?? 0;
      return t.response.mode === grant?.mode && t.response.count === count;
    },
  },
];
