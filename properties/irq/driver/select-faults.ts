/** Faults in the choice of a mode and the number of interrupts. */
import { withDevice } from "../../../models/irq/driver/state.js";
import { MSIX_ENABLE, MSIX_FUNCTION_MASK } from "../../../spec/hardware/pci/capabilities.js";
import { msixOf } from "../../../spec/hardware/shape.js";
import {
  ALLOW_MSI,
  ALLOW_MSIX,
  type BusWrite,
  type Config,
  LINUX_NO_MSI,
  NO_MSI,
} from "../../../spec/irq/driver/vocabulary.js";
import { controller, roomy, scarce } from "./configs.js";
import {
  alsoWriting,
  contract,
  type DriverFault,
  linuxLevel,
  misread,
  type Of,
  on,
  saying,
} from "./fault-tools.js";

/** The control register of MSI-X is written once more. */
const msixControl = (config: Config, device: number, bits: number): readonly BusWrite[] => {
  const shape = config.devices[device];
  const msix = shape === undefined ? undefined : msixOf(shape);
  if (msix === undefined) return [];
  const value = (msix.entries - 1) | bits;
  return [{ device, space: "config", bar: 0, offset: msix.at + 2, width: 2, value }];
};

const lowestOnly = (c: Of<"alloc">): Of<"alloc"> => ({ ...c, modes: c.modes & -c.modes });

export const selectFaults: readonly DriverFault[] = [
  contract("DRV-1", "wrong-fallback-order", "MSI is tried before MSI-X", (model) => ({
    ...model,
    step: (config, state, c) => {
      if (c.kind !== "alloc" || (c.modes & ALLOW_MSI) === 0) return model.step(config, state, c);
      const first = model.step(config, state, { ...c, modes: ALLOW_MSI });
      return first.response.kind === "granted" ? first : model.step(config, state, c);
    },
  })),
  contract(
    "DRV-1",
    "no-fallback",
    "a request ends with the first mode that fails",
    misread("alloc", (_config, _before, c) => lowestOnly(c)),
  ),
  contract(
    "DRV-2",
    "quirk-layer-overrides",
    "the flags of the last layer replace those of the layers before",
    misread("attach", (_config, _before, c) => ({ ...c, layers: c.layers.slice(-1) })),
  ),
  contract(
    "DRV-2",
    "force-legacy-ignored",
    "FORCE_LEGACY is not looked at",
    misread("attach", (_config, _before, c) => ({
      ...c,
      layers: c.layers.map((flags) => flags & ~1),
    })),
  ),
  contract(
    "DRV-2-Q",
    "query-forgets-quirks",
    "a query shows what the device has, whatever its quirks say",
    on("query", (config, _before, c, right) => {
      const shape = config.devices[c.device];
      const entries = shape === undefined ? 0 : (msixOf(shape)?.entries ?? 0);
      return right.response.kind === "support" ? saying(right, { msix: entries }) : right;
    }),
  ),
  linuxLevel(
    "DRV-3",
    "no-msi-leaves-msix-at-linux",
    "Linux's no_msi is imported as the flag that excludes MSI alone",
    misread("attach", (_config, _before, c) => ({
      ...c,
      layers: c.layers.map((f) => (f & LINUX_NO_MSI ? (f & ~LINUX_NO_MSI) | NO_MSI : f)),
    })),
  ),
  linuxLevel(
    "DRV-3-E",
    "first-error-reported",
    "a total failure has the error of the first mode tried",
    (model) => ({
      ...model,
      step: (config, state, c) => {
        const right = model.step(config, state, c);
        if (c.kind !== "alloc" || right.response.kind !== "failed") return right;
        const first = model.step(config, state, lowestOnly(c));
        return first.response.kind === "failed" ? first : right;
      },
    }),
  ),
  contract(
    "DRV-4",
    "largest-number-ignored",
    "a device gets as many as it has entries",
    misread("alloc", (_config, _before, c) => (c.max < c.min ? c : { ...c, max: 64 })),
  ),
  contract(
    "DRV-4",
    "least-number-ignored",
    "what could be had is granted although it is less than asked",
    misread("alloc", (_config, _before, c) => ({ ...c, min: Math.min(c.min, 1) })),
  ),
  linuxLevel(
    "DRV-4-L",
    "one-short",
    "one interrupt less than the largest number is granted",
    misread("alloc", (_config, _before, c) =>
      c.max > c.min ? { ...c, max: Math.max(c.max - 1, c.min) } : c,
    ),
  ),
  contract(
    "DRV-5",
    "dirty-device-before-fallback",
    "MSI-X stays enabled when its set-up has failed and MSI is tried",
    on("alloc", (config, _before, c, right) => {
      const { response } = right;
      const fell =
        response.kind === "failed" || (response.kind === "granted" && response.mode !== "msix");
      if (!fell || (c.modes & ALLOW_MSIX) === 0) return right;
      const bits = MSIX_ENABLE | MSIX_FUNCTION_MASK;
      return alsoWriting(config, right, msixControl(config, c.device, bits));
    }),
    { config: roomy },
  ),
  contract(
    "DRV-5",
    "function-mask-left-set",
    "the way out of a failed set-up clears Enable and forgets Function Mask",
    on("alloc", (config, _before, c, right) =>
      right.response.kind === "failed" && (c.modes & ALLOW_MSIX) !== 0
        ? alsoWriting(config, right, msixControl(config, c.device, MSIX_FUNCTION_MASK))
        : right,
    ),
    { config: scarce },
  ),
  contract(
    "DRV-5-V",
    "reservation-leaked-by-refusal",
    "a refused request leaves one reservation behind",
    on("alloc", (_config, before, c, right) => {
      const device = before.devices[c.device];
      if (right.response.kind !== "failed" || (device?.driver ?? -1) < 0) return right;
      const { vectors } = right.state;
      const matrix = { ...vectors.matrix, globalReserved: vectors.matrix.globalReserved + 1 };
      return { ...right, state: { ...right.state, vectors: { ...vectors, matrix } } };
    }),
  ),
  contract(
    "DRV-10",
    "reported-msix-while-legacy",
    "MSI-X is reported and the device is left as it was",
    on("alloc", (_config, before, c, right) => {
      if (right.response.kind !== "granted" || right.response.mode !== "msix") return right;
      const fn = before.devices[c.device]?.fn;
      if (fn === undefined) return right;
      return saying({ ...right, state: withDevice(right.state, c.device, { fn }) }, { writes: [] });
    }),
  ),
  contract(
    "DRV-10-S",
    "second-request-granted",
    "a device that has interrupts already is granted one more by the same way",
    on("alloc", (_config, before, c, right) => {
      const mode = before.devices[c.device]?.grant?.mode;
      if (mode === undefined || right.response.kind !== "failed") return right;
      const nothing = { cpus: [0], vectors: [0], reserved: [], indices: [], writes: [] };
      return { ...right, response: { kind: "granted", mode, count: 1, ...nothing } };
    }),
  ),
  contract(
    "DRV-10-Q",
    "query-shows-first-choice",
    "a query reports the best mode of the device instead of the one that was selected",
    on("query", (config, _before, c, right) => {
      if (right.response.kind !== "support" || right.response.mode === "none") return right;
      const shape = config.devices[c.device];
      const has = shape !== undefined && msixOf(shape) !== undefined;
      return has ? saying(right, { mode: "msix" }) : right;
    }),
  ),
  contract(
    "DRV-METRIC-1",
    "two-entries-of-every-table",
    "no more than two interrupts are granted to a device",
    misread("alloc", (_config, _before, c) => ({ ...c, max: Math.min(c.max, 2) })),
  ),
  contract(
    "DRV-METRIC-4",
    "three-interrupts-at-most",
    "the table of a device's interrupts has three places",
    misread("alloc", (_config, _before, c) => ({ ...c, max: Math.min(c.max, 3) })),
    { config: controller },
  ),
];
