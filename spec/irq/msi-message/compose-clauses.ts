/** Clauses MSI-COMPOSE-1 to -11: messages that no table stands behind. */
import type { Clause } from "../../core/clause.js";
import { linux, pcie, rule, sdm } from "../../core/source.js";
import { declared } from "./hardware.js";
import {
  destOf,
  given,
  isRefusal,
  type MessageTransition,
  modeOf,
  reread,
  roundUp,
  vectorOf,
} from "./judging.js";
import {
  EXTENDED_DESTINATIONS,
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  FIRST_VALID_VECTOR,
  SHUTDOWN_VECTOR,
  type View,
} from "./vocabulary.js";

type T = MessageTransition;

const task = "T1.2";
const contract = "contract" as const;
const step = "step" as const;
const composer = linux("arch/x86/kernel/apic/apic.c:__irq_msi_compose_msg");
const format = sdm("Message Signalled Interrupts");
const device = ["compose", "composeDest"] as const;

const validVector = (v: number): boolean => v >= FIRST_VALID_VECTOR && v <= 0xfe;

/** A plain message is owed: a raw destination of eight bits with a valid vector. */
const owed = (t: T): boolean =>
  t.command.kind === "composeDest" && destOf(t) <= 0xff && validVector(vectorOf(t));

const blocks = (t: T) =>
  t.command.kind === "allocateVectors" && t.response.kind === "vectors"
    ? { command: t.command, base: t.response.base, size: t.response.size }
    : undefined;

const overlaps = (view: View, cpu: number, base: number, size: number): boolean =>
  view.vectors.some((b) => b.cpu === cpu && base < b.base + b.size && b.base < base + size);

/** A block of one, or the rounded block, aligned, all of it free before. */
const soundBlock = (t: T): boolean => {
  const b = blocks(t);
  if (b === undefined) return true;
  const whole = roundUp(b.command.count);
  const { vectorStart, vectorEnd } = t.config;
  if (b.size !== 1 && b.size !== whole) return false;
  if (b.base % b.size !== 0 || b.base < vectorStart || b.base + b.size > vectorEnd) return false;
  return !overlaps(t.before, b.command.cpu, b.base, b.size);
};

const owned = (view: View): number => view.vectors.reduce((sum, b) => sum + b.size, 0);

export const composeClauses: readonly Clause<T>[] = [
  {
    id: "MSI-COMPOSE-1",
    title:
      "destinations up to 0xFF: address 0xFEE00000 + dest << 12 + 4 if logical, high word 0, " +
      "data the vector",
    level: contract,
    kind: step,
    source: [composer, format],
    task,
    on: device,
    applies: (t) => owed(t) || (given(t) !== undefined && destOf(t) <= 0xff),
    holds: (t) => {
      const message = given(t);
      const lo = 0xfee00000 + destOf(t) * 0x1000 + (modeOf(t) ? 4 : 0);
      if (message === undefined) return false;
      return message.addressLo === lo && message.addressHi === 0 && message.data === vectorOf(t);
    },
  },
  {
    id: "MSI-COMPOSE-2",
    title: "redirection hint, format and data bits [31:8] are zero in a message without remapping",
    level: "linux",
    kind: step,
    source: [composer],
    task,
    on: device,
    applies: (t) => given(t) !== undefined,
    holds: (t) => {
      const message = given(t);
      return message !== undefined && (message.addressLo & 0x18) === 0 && message.data >>> 8 === 0;
    },
  },
  {
    id: "MSI-COMPOSE-3",
    title: "a composed message reads back as the destination, vector and mode that it was made for",
    level: contract,
    kind: step,
    source: [composer],
    task,
    on: device,
    applies: (t) => given(t) !== undefined,
    holds: (t) => {
      const request = reread(t);
      return (
        request?.format === "compatibility" &&
        request.dest === destOf(t) &&
        request.vector === vectorOf(t) &&
        request.logical === modeOf(t)
      );
    },
  },
  {
    id: "MSI-COMPOSE-4",
    title:
      "a destination above 0xFF, with neither extended ids nor remapping, is refused and never " +
      "cut to eight bits",
    level: contract,
    kind: step,
    source: [composer, linux("arch/x86/kernel/apic/apic.c:try_to_enable_x2apic")],
    task,
    on: device,
    applies: (t) => !t.config.extendedDestinationId && destOf(t) > 0xff,
    holds: isRefusal,
  },
  {
    id: "MSI-COMPOSE-5",
    title:
      "extended ids: address bits [11:5] hold dest >> 8 below 0x8000, above is refused; " +
      "without them the bits are zero",
    level: contract,
    kind: step,
    source: [composer, linux("arch/x86/kernel/apic/apic.c:virt_ext_dest_id")],
    task,
    on: device,
    applies: (t) => (t.config.extendedDestinationId ? destOf(t) > 0xff : given(t) !== undefined),
    holds: (t) => {
      const message = given(t);
      const dest = destOf(t);
      if (t.config.extendedDestinationId && dest >= EXTENDED_DESTINATIONS) return isRefusal(t);
      if (message === undefined)
        return vectorOf(t) < FIRST_VALID_VECTOR || t.command.kind === "compose";
      const high = t.config.extendedDestinationId ? dest >> 8 : 0;
      const low = (message.addressLo >>> 12) & 0xff;
      return ((message.addressLo >>> 5) & 0x7f) === high && low === (dest & 0xff);
    },
  },
  {
    id: "MSI-COMPOSE-6",
    title:
      "the high address is dest & 0xFFFFFF00 in messages of the Intel IOMMU itself, zero in all " +
      "others",
    level: contract,
    kind: step,
    source: [linux("arch/x86/kernel/apic/msi.c:dmar_msi_compose_msg"), composer],
    task,
    on: [...device, "composeIommu", "remappable"],
    applies: (t) => given(t) !== undefined,
    holds: (t) => {
      const own = t.command.kind === "composeIommu";
      return given(t)?.addressHi === (own ? (destOf(t) & 0xffffff00) >>> 0 : 0);
    },
  },
  {
    id: "MSI-COMPOSE-7",
    title: "the destination is the APIC id of the target CPU, not its number",
    level: contract,
    kind: step,
    source: [linux("arch/x86/kernel/apic/apic_common.c:apic_default_calc_apicid")],
    task,
    on: ["compose"],
    applies: (t) =>
      t.command.kind === "compose" && given(t) !== undefined && destOf(t) !== t.command.cpu,
    holds: (t) => {
      const request = reread(t);
      return request?.format === "compatibility" && request.dest === destOf(t);
    },
  },
  {
    id: "MSI-COMPOSE-8",
    title: "vectors below 0x10 are refused",
    level: contract,
    kind: step,
    source: [sdm("Valid Interrupt Vectors")],
    task,
    on: [...device, "composeIommu", "encodeIrte", "activate", "setAffinity"],
    applies: (t) => vectorOf(t) < FIRST_VALID_VECTOR,
    holds: isRefusal,
  },
  {
    id: "MSI-COMPOSE-8-L",
    title:
      "a started device interrupt has a vector in 0x20..0xEA; 0xEF stands in for one not started",
    level: "linux",
    kind: step,
    source: [linux("arch/x86/kernel/apic/vector.c:reserve_irq_vector_locked")],
    task,
    on: ["compose"],
    applies: (t) => t.command.kind === "compose",
    holds: (t) => {
      if (t.command.kind !== "compose" || given(t) === undefined) return true;
      const { vector, started } = t.command;
      if (vector >= FIRST_DEVICE_VECTOR && vector < FIRST_SYSTEM_VECTOR) return true;
      return !started && vector === SHUTDOWN_VECTOR;
    },
  },
  {
    id: "MSI-COMPOSE-9",
    title:
      "exactly the addresses that the kernel's own messages can have are accepted: 0xFEE in bits " +
      "[31:20], the high word, and a declared combination of RH, DM and format",
    level: contract,
    kind: step,
    source: [format],
    task,
    on: ["validate"],
    applies: (t) => t.command.kind === "validate",
    holds: (t) => {
      if (t.command.kind !== "validate" || t.response.kind !== "verdict") return false;
      const { addressLo, addressHi, iommu } = t.command;
      return t.response.valid === declared(t.config, addressLo, addressHi, iommu);
    },
  },
  {
    id: "MSI-COMPOSE-10",
    title:
      "a block of n messages gets n rounded up to 2^k contiguous free vectors of one CPU with an " +
      "aligned base, or is reduced to one",
    level: contract,
    kind: step,
    source: [pcie("6.1.4 MSI and MSI-X"), linux("drivers/pci/msi/msi.c:msi_capability_init")],
    task,
    on: ["allocateVectors"],
    applies: (t) => blocks(t) !== undefined,
    holds: soundBlock,
  },
  {
    id: "MSI-COMPOSE-10-L",
    title: "without remapping a block is always reduced to one message",
    level: "linux",
    kind: step,
    source: [linux("drivers/pci/msi/msi.c:msi_capability_init")],
    task,
    on: ["allocateVectors"],
    applies: (t) => blocks(t) !== undefined,
    holds: (t) => blocks(t)?.size === 1,
  },
  {
    id: "MSI-COMPOSE-11",
    title: "a request for a block takes all its vectors or none; a failed one changes nothing",
    level: contract,
    kind: step,
    source: [rule("no partial reservation")],
    task,
    on: ["allocateVectors"],
    needs: ["vectors"],
    applies: (t) => t.command.kind === "allocateVectors" && t.observed !== undefined,
    holds: (t) => {
      const taken = owned(t.observed as View) - owned(t.before);
      return taken === (blocks(t)?.size ?? 0);
    },
  },
];
