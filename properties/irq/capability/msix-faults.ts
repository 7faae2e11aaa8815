/** Faults of programming and masking MSI-X. */
import { enableMsix } from "../../../models/irq/capability/enable.js";
import { writeMsixMessage } from "../../../models/irq/capability/msix.js";
import type { State } from "../../../models/irq/capability/state.js";
import { answerGranted, entryOf, find } from "../../../models/irq/capability/step.js";
import { MSIX_FUNCTION_MASK } from "../../../spec/hardware/pci/capabilities.js";
import type { Access } from "../../../spec/irq/capability/access.js";
import type { Of, Vector } from "../../../spec/irq/capability/vocabulary.js";
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
  tableWord,
  writesControl,
  writesEntry,
  writesVectorControl,
} from "./fault-kit.js";

const enabledMsix = ({ response }: Scene): boolean => response.kind === "enabled";

/** The last vector control that the setup writes to each entry, as the table is masked whole. */
const maskAllStart = (bus: readonly Access[], { reading }: Scene): number => {
  const entries = reading.msix?.entries ?? 0;
  const last = lastWhere(bus, (a) => writesVectorControl(a, reading));
  return last < 0 ? -1 : last - entries + 1;
};

const wanted = (command: Of<"enableMsix">, count: number): readonly number[] =>
  command.entries.length > 0
    ? command.entries.slice(0, count)
    : Array.from({ length: count }, (_x, i) => i);

export const msixFaults: readonly CapabilityFault[] = [
  linuxLevel(
    "MSIX-PROG-1",
    "enable-without-function-mask",
    "Enable is set first and Function Mask in a second write",
    rewrite(["enableMsix"], (bus, { reading }) => {
      const first = bus.findIndex((a) => writesControl(a, reading.msix));
      if (first < 0) return bus;
      const both = bus[first] as Access;
      const alone = { ...both, value: both.value & ~MSIX_FUNCTION_MASK };
      return [...bus.slice(0, first), alone, ...bus.slice(first)];
    }),
  ),
  contract(
    "MSIX-PROG-2",
    "function-mask-cleared-too-early",
    "the function is unmasked before its table is programmed",
    rewrite(["enableMsix"], (bus, scene) => {
      const places = bus.flatMap((a, i) => (writesControl(a, scene.reading.msix) ? [i] : []));
      const [first, last] = [places[0], places[places.length - 1]];
      if (!enabledMsix(scene) || first === undefined || last === undefined) return bus;
      return moved(bus, last, first + 1);
    }),
  ),
  contract(
    "MSIX-PROG-3",
    "unused-entries-left-live",
    "entries that were not asked for are not masked",
    rewrite(["enableMsix"], (bus, scene) => {
      const { command, response, reading } = scene;
      if (command.kind !== "enableMsix" || response.kind !== "enabled") return bus;
      const own = wanted(command, response.count);
      const start = maskAllStart(bus, scene);
      return bus.filter((a, i) => {
        if (i < start || !writesVectorControl(a, reading)) return true;
        return own.includes(tableWord(a, reading) >>> 2);
      });
    }),
  ),
  contract(
    "MSIX-PROG-4",
    "msix-entry-reprogrammed-while-unmasked",
    "a message is written to an entry that can fire meanwhile",
    rewrite(["writeMessage"], (bus, { reading }) =>
      bus.filter((a) => !writesVectorControl(a, reading)),
    ),
  ),
  contract(
    "MSIX-PROG-4",
    "entry-left-masked",
    "an entry is masked for its new message and stays so",
    rewrite(["writeMessage"], (bus, { reading }) => {
      const last = lastWhere(bus, (a) => writesVectorControl(a, reading));
      return bus.filter((_a, i) => i !== last);
    }),
  ),
  linuxLevel(
    "MSIX-PROG-5",
    "posted-write-not-flushed",
    "nothing is read from the table after it was written",
    rewrite(["writeMessage", "mask", "enableMsix"], (bus, { reading }) =>
      bus.filter((a) => a.write || tableWord(a, reading) < 0),
    ),
  ),
  linuxLevel(
    "MSIX-PROG-5",
    "steering-tag-clobbered",
    "the vector control is written as if it held nothing but the mask bit",
    rewrite(["mask", "unmask"], (bus, { reading }) =>
      bus.map((a) => (writesVectorControl(a, reading) ? { ...a, value: a.value & 1 } : a)),
    ),
  ),
  contract(
    "MSIX-PROG-6",
    "enable-left-set-on-error",
    "a setup that fails leaves MSI-X enabled",
    rewrite(["enableMsix"], (bus, scene) => {
      if (enabledMsix(scene)) return bus;
      const last = lastWhere(bus, (a) => writesControl(a, scene.reading.msix));
      return bus.filter((_a, i) => i !== last);
    }),
  ),
  linuxLevel(
    "MSIX-PROG-6-L",
    "function-mask-left-set-on-error",
    "a setup that fails clears Enable and forgets Function Mask",
    rewrite(["enableMsix"], (bus, scene) => {
      if (enabledMsix(scene)) return bus;
      const last = lastWhere(bus, (a) => writesControl(a, scene.reading.msix));
      return bus.map((a, i) => (i === last ? { ...a, value: a.value | MSIX_FUNCTION_MASK } : a));
    }),
  ),
  contract(
    "MSIX-PROG-7",
    "mask-in-the-books-only",
    "masking an entry is noted and never written",
    rewrite(["mask"], (bus, { reading }) => bus.filter((a) => !writesVectorControl(a, reading))),
  ),
  contract(
    "MSIX-PROG-7",
    "message-written-after-the-unmask",
    "a message that changed under the mask is written only when the entry is live again",
    (model) => {
      const skips = rewrite(["writeMessage"], (bus, { before, command, reading }) => {
        const v = command.kind === "writeMessage" ? find(before, command.index) : undefined;
        return v?.masked === true ? bus.filter((a) => !writesEntry(a, reading)) : bus;
      })(model);
      return rewrite(["unmask"], (bus, { config, before, command, reading }) => {
        const v = command.kind === "unmask" ? find(before, command.index) : undefined;
        if (v === undefined || reading.msix === undefined || before.kernel.mode !== "msix") {
          return bus;
        }
        return [...bus, ...lateMessage(config.masking, reading.msix, v)];
      })(skips);
    },
  ),
  contract(
    "MSIX-PROG-8",
    "both-kinds-enabled",
    "MSI-X is set up without a look at whether MSI is in use",
    instead("enableMsix", ({ config, before, command }) =>
      before.kernel.mode === "msi"
        ? (bus) => {
            const free: State = { ...before, kernel: { ...before.kernel, mode: "none" } };
            return answerGranted(bus, enableMsix(config, free, bus, command));
          }
        : undefined,
    ),
  ),
  contract(
    "MSIX-PROG-9",
    "entry-given-twice",
    "a request that names an entry twice is granted",
    instead("enableMsix", ({ config, before, command }) =>
      new Set(command.entries).size < command.entries.length
        ? (bus) => answerGranted(bus, enableMsix(config, before, bus, { ...command, entries: [] }))
        : undefined,
    ),
  ),
  contract(
    "MSIX-PROG-10",
    "masks-not-restored",
    "after a loss of power the messages are written again, but no mask",
    rewrite(["resume"], (bus, { reading }) => bus.filter((a) => !writesVectorControl(a, reading))),
  ),
  contract(
    "MSIX-PROG-10",
    "message-written-without-power",
    "a new message goes to a function that cannot hear it",
    instead("writeMessage", ({ config, before, command, reading }) => {
      const v = find(before, command.index);
      const { msix } = reading;
      const off = before.plugged?.fn.powered === false && before.kernel.mode === "msix";
      if (v === undefined || msix === undefined || !off) return undefined;
      return (bus) => {
        const { addressLo, addressHi, data } = command;
        const message = { addressLo, addressHi, data };
        writeMsixMessage(bus, msix, config.masking, { ...entryOf(v), message });
        return { kind: "done", bus: bus.log };
      };
    }),
  ),
  contract(
    "MSIX-PROG-10",
    "mask-read-back-from-hardware",
    "the mask register is read for each change; without power it reads as all ones, and stays so",
    after((_config, before, command, right) => {
      const off = before.plugged?.fn.powered === false && before.kernel.mode === "msi";
      if (!off || (command.kind !== "mask" && command.kind !== "unmask")) return right;
      const vectors = right.state.kernel.vectors.map((v) =>
        v.index === command.index ? v : { ...v, masked: true },
      );
      return { ...right, state: { ...right.state, kernel: { ...right.state.kernel, vectors } } };
    }),
  ),
];

/** The writes of a message, without any mask around them. */
const lateMessage = (
  masking: boolean,
  msix: { readonly tableBar: number; readonly tableOffset: number },
  v: Vector,
): readonly Access[] => {
  if (!masking) return [];
  const space =
    (["bar0", "bar1", "bar2", "bar3", "bar4", "bar5"] as const)[msix.tableBar] ?? "bar0";
  return [v.message.addressLo, v.message.addressHi, v.message.data].map((value, word) => ({
    write: true,
    space,
    offset: msix.tableOffset + 16 * v.index + 4 * word,
    width: 4,
    value,
  }));
};
