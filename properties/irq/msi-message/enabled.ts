/** Which commands may be issued when: the caller's duties, not the system's. */
import { decode, encode, fromWords, toWords } from "../../../spec/core/bits.js";
import type { Level } from "../../../spec/core/clause.js";
import { isPosted } from "../../../spec/irq/msi-message/hardware.js";
import { placeOf } from "../../../spec/irq/msi-message/judging.js";
import { dteInterrupt, intelRemapped } from "../../../spec/irq/msi-message/layout.js";
import type {
  Command,
  CommandKind,
  Config,
  View,
} from "../../../spec/irq/msi-message/vocabulary.js";

const anyKind: readonly CommandKind[] = ["decode", "validate"];
export const kindsByMode: Readonly<Record<Config["remapping"], readonly CommandKind[]>> = {
  none: [...anyKind, "compose", "composeDest", "allocateVectors", "releaseVectors", "inject"],
  intel: [
    ...anyKind,
    ...(["composeIommu", "remappable", "encodeIrte", "decodeIrte", "sourceId"] as const),
    ...(["enableRemapping", "disableRemapping", "allocateIrtes", "activate"] as const),
    ...(["setAffinity", "deactivate", "free", "post", "unpost", "inject"] as const),
  ],
  amd: [
    ...anyKind,
    ...(["remappable", "encodeIrte", "decodeIrte", "encodeDte"] as const),
    ...(["enableRemapping", "disableRemapping", "allocateIrtes", "activate"] as const),
    ...(["setAffinity", "deactivate", "free", "post", "unpost", "inject"] as const),
  ],
};

export const applicable = (config: Config, kind: CommandKind): boolean =>
  kindsByMode[config.remapping].includes(kind);

/** No interrupt of the device has one of these numbers yet. */
const slotsFree = (config: Config, view: View, device: number, irq: number, count: number) => {
  for (const table of view.tables) {
    for (const b of table.blocks) {
      if (b.device === device && irq < b.irq + b.irqs.length && b.irq < irq + count) return false;
    }
  }
  return irq + count <= 2048 && device < config.devices.length;
};

/** Physical destination 0xFF is a broadcast in xAPIC mode, which no kernel composes. */
const broadcast = (config: Config, dest: number, logical: boolean): boolean =>
  config.apic === "xapic" && !logical && dest === 0xff;

const enabledLive = (config: Config, view: View, command: Command): boolean => {
  if (!("device" in command) || !("irq" in command)) return false;
  const place = placeOf(config, view, command.device, command.irq);
  if (place === undefined || view.enabled[0] !== true) return false;
  const { irq, block } = place;
  switch (command.kind) {
    case "activate":
      return !irq.posted;
    case "setAffinity":
      return irq.active;
    case "deactivate":
    case "post":
      return irq.active && !irq.posted;
    case "free":
      return command.irq === block.irq && !block.irqs.some((i) => i.active);
    case "unpost":
      return irq.posted;
    default:
      return false;
  }
};

export const enabled = (config: Config, _level: Level, view: View, command: Command): boolean => {
  if (!applicable(config, command.kind)) return false;
  switch (command.kind) {
    case "composeDest":
      return !broadcast(config, command.dest, command.logical) && command.vector !== 0xff;
    case "compose": {
      const dest = config.apicIds[command.cpu] ?? 0;
      return !broadcast(config, dest, config.logical) && command.vector !== 0xff;
    }
    case "remappable":
      if (config.remapping === "intel") return true;
      return command.index + command.subhandle < config.tableEntries;
    case "decodeIrte":
      return decodable(config, command.lo, command.hi);
    case "encodeDte":
      return (command.table & ~0x000fffffffffffc0n) === 0n && soundDte(command.before);
    case "enableRemapping":
      return view.enabled[0] === false;
    case "disableRemapping":
      return view.enabled[0] === true && view.tables.every((t) => t.blocks.length === 0);
    case "allocateIrtes": {
      if (view.enabled[0] !== true) return false;
      return slotsFree(config, view, command.device, command.irq, command.count);
    }
    case "activate":
    case "setAffinity":
    case "deactivate":
    case "free":
    case "post":
    case "unpost":
      return enabledLive(config, view, command);
    default:
      return true;
  }
};

const soundDte = (word: bigint): boolean =>
  encode(dteInterrupt, decode(dteInterrupt, word)) === word;

/** Short entries have 32 bits; posted and guest forms have a layout of their own. */
const decodable = (config: Config, lo: bigint, hi: bigint): boolean => {
  const words = toWords(intelRemapped, (hi << 64n) | lo);
  if (config.remapping === "amd" && !config.ga) return fromWords(words.slice(1)) === 0n;
  return !isPosted(config, words);
};
