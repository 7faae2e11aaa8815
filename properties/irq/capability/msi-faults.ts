/** Faults of probing, and of programming MSI. */
import { maskOf } from "../../../models/irq/capability/agree.js";
import { enableMsi } from "../../../models/irq/capability/enable.js";
import { answerGranted } from "../../../models/irq/capability/step.js";
import { CONTROL, MSI_ENABLE, MSI_MME } from "../../../spec/hardware/pci/capabilities.js";
import { COMMAND } from "../../../spec/hardware/pci/header.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import { capableOf, maskBits } from "../../../spec/irq/capability/reading.js";
import { masksElsewhere } from "./configs.js";
import {
  after,
  type CapabilityFault,
  contract,
  instead,
  lastWhere,
  linuxLevel,
  moved,
  rewrite,
  type Scene,
  writesControl,
  writesMask,
} from "./fault-kit.js";

const writesCommand = (a: Access): boolean =>
  a.write && a.space === "config" && a.offset === COMMAND;

/** Writes of the MSI control word, given another value. */
const controlled = (bus: readonly Access[], scene: Scene, change: (value: number) => number) =>
  bus.map((a) => (writesControl(a, scene.reading.msi) ? { ...a, value: change(a.value) } : a));

const masked = (bus: readonly Access[], scene: Scene, change: (value: number) => number) =>
  bus.map((a) => (writesMask(a, scene.reading) ? { ...a, value: change(a.value) >>> 0 } : a));

const enabledCount = ({ response }: Scene): number =>
  response.kind === "enabled" ? response.count : 0;

/** A write at the place where the mask register would stand. */
const strayMask = ({ reading }: Scene): Access | undefined => {
  const { msi } = reading;
  if (msi === undefined || msi.maskable) return undefined;
  const offset = msi.at + msi.offsets.data + 4;
  return { write: true, space: "config", offset, width: 4, value: 0 };
};

export const probeFaults: readonly CapabilityFault[] = [
  linuxLevel(
    "MSI-CAP-15",
    "enable-inherited",
    "an Enable bit that firmware left set is not cleared at probe",
    rewrite(["plug"], (bus) => bus.filter((a) => !a.write)),
  ),
  linuxLevel(
    "MSI-CAP-15",
    "probe-zeroes-the-control-word",
    "MSI is switched off by a zero to its whole control word, which takes MME along",
    rewrite(["plug"], (bus, scene) => controlled(bus, scene, () => 0)),
  ),
];

export const msiFaults: readonly CapabilityFault[] = [
  contract(
    "MSI-PROG-1",
    "enable-before-message",
    "MSI is enabled before its address and data are written",
    rewrite(["enableMsi"], (bus, scene) => {
      const enables = lastWhere(bus, (a) => writesControl(a, scene.reading.msi));
      const first = bus.findIndex((a) => a.write);
      return enabledCount(scene) > 0 ? moved(bus, enables, first + 1) : bus;
    }),
  ),
  contract(
    "MSI-PROG-2",
    "intx-left-on",
    "INTx is not disabled while messages are used, so that each event may signal twice",
    rewrite(["enableMsi", "enableMsix"], (bus) => bus.filter((a) => !writesCommand(a))),
  ),
  contract(
    "MSI-PROG-2",
    "intx-not-restored",
    "INTx stays disabled after the last message interrupt is given back",
    rewrite(["disable"], (bus) => bus.filter((a) => !writesCommand(a))),
  ),
  contract(
    "MSI-PROG-2",
    "intx-bug-ignored",
    "INTx is disabled also on a function whose messages that stops",
    rewrite(["enableMsi"], (bus, { before, response }) => {
      if (before.plugged?.plug.intxBug !== true || response.kind !== "enabled") return bus;
      const off: Access = { write: true, space: "config", offset: COMMAND, width: 2, value: 0x406 };
      return [...bus, off];
    }),
  ),
  contract(
    "MSI-PROG-3",
    "mme-is-the-count",
    "the number of messages is written where its logarithm belongs",
    rewrite(["enableMsi"], (bus, scene) =>
      controlled(bus, scene, (v) => (v & ~MSI_MME) | ((enabledCount(scene) & 7) << 4)),
    ),
  ),
  contract(
    "MSI-PROG-3",
    "control-word-not-read",
    "the control word is written from scratch, without the bits that it had",
    rewrite(["enableMsi"], (bus, scene) =>
      controlled(bus, scene, (v) => v & (MSI_MME | MSI_ENABLE)),
    ),
  ),
  contract(
    "MSI-PROG-4",
    "mask-bits-beyond-the-messages",
    "all 32 bits of the mask register are set, whatever MMC says",
    rewrite(["enableMsi"], (bus, scene) => masked(bus, scene, () => 0xffffffff)),
  ),
  linuxLevel(
    "MSI-PROG-5",
    "only-used-messages-masked",
    "messages that nobody asked for are left unmasked",
    rewrite(["enableMsi"], (bus, scene) =>
      masked(bus, scene, (v) => v & (2 ** enabledCount(scene) - 1)),
    ),
  ),
  linuxLevel(
    "MSI-PROG-5",
    "shift-by-32",
    "the mask of 32 messages is made by shifting a 32-bit one by 32, which gives no bits",
    rewrite(["enableMsi"], (bus, scene) => {
      const { msi } = scene.reading;
      return msi !== undefined && capableOf(msi) === 32 ? masked(bus, scene, () => 0) : bus;
    }),
  ),
  linuxLevel(
    "MSI-PROG-5",
    "masks-left-after-use",
    "the messages are still masked when the next owner gets the function",
    rewrite(["disable"], (bus, { reading }) => bus.filter((a) => !writesMask(a, reading))),
  ),
  contract(
    "MSI-PROG-6",
    "overlapping-mask-lost",
    "two calls read the mask register before either writes it",
    rewrite(["overlap"], (bus, { before, command, reading }) => {
      const { msi } = reading;
      if (command.kind !== "overlap" || msi === undefined || before.kernel.mode !== "msi") {
        return bus;
      }
      const bit = 2 ** command.second;
      const mask = maskOf(before.kernel);
      const late = command.secondMask ? mask | bit : mask & ~bit;
      const last = lastWhere(bus, (a) => writesMask(a, reading));
      return bus.map((a, i) => (i === last ? { ...a, value: late >>> 0 } : a));
    }),
  ),
  contract(
    "MSI-PROG-6",
    "mask-shared-by-all",
    "masking one message masks them all",
    rewrite(["mask"], (bus, scene) => {
      const { msi } = scene.reading;
      return msi === undefined ? bus : masked(bus, scene, () => maskBits(msi));
    }),
  ),
  contract(
    "MSI-PROG-7",
    "mask-written-where-there-is-none",
    "a function without mask bits gets a write to what stands there instead",
    rewrite(["enableMsi", "unmask"], (bus, scene) => {
      const stray = strayMask(scene);
      const mine = scene.before.kernel.mode !== "msix" && scene.response.kind !== "failed";
      return stray === undefined || !mine ? bus : [...bus, stray];
    }),
    { config: { ...masksElsewhere, masking: true } },
  ),
  contract(
    "MSI-PROG-8",
    "high-address-dropped",
    "a message above 4 GiB is given to a 32-bit function without its high half",
    instead("enableMsi", ({ config, before, command, reading }) =>
      reading.msi?.is64 === false
        ? (bus) => answerGranted(bus, enableMsi(config, before, bus, { ...command, addressHi: 0 }))
        : undefined,
    ),
  ),
  contract(
    "MSI-PROG-8",
    "enabled-before-the-address-is-checked",
    "the address is looked at only when the message is live already",
    rewrite(["enableMsi"], (bus, { response, reading }) => {
      const { msi } = reading;
      const wrong = response.kind === "failed" && response.error === "EIO";
      if (!wrong || msi === undefined) return bus;
      const at = { space: "config", offset: msi.at + CONTROL, width: 2 } as const;
      const value = bus.find((a) => a.offset === at.offset)?.value ?? 0;
      return [
        ...bus,
        { ...at, write: true, value: value | MSI_ENABLE },
        { ...at, write: true, value: value & ~MSI_ENABLE },
      ];
    }),
  ),
  linuxLevel(
    "MSI-PROG-9",
    "too-few-is-invalid",
    "a function with too few messages is answered EINVAL instead of ENOSPC",
    after((_config, _before, _command, right) =>
      right.response.kind === "failed" && right.response.error === "ENOSPC"
        ? { ...right, response: { ...right.response, error: "EINVAL" } }
        : right,
    ),
  ),
  linuxLevel(
    "MSI-PROG-9",
    "count-not-reduced",
    "a request for more messages than the function has fails instead of being cut",
    after((_config, before, command, right) =>
      command.kind === "enableMsi" &&
      right.response.kind === "enabled" &&
      right.response.count < command.max
        ? { state: before, response: { kind: "failed", error: "ENOSPC", bus: [] } }
        : right,
    ),
  ),
];
