/** Where a message of a device arrives. */
import type { Config, Pair } from "../../../spec/irq/driver/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { decode } from "../msi-message/compose.js";
import { decodeRemappable } from "../msi-message/intel.js";
import { irqOf, type State } from "./state.js";

const pairOf = (config: Config, dest: number, vector: number): Pair | undefined => {
  const cpu = config.apicIds.indexOf(dest);
  // Vectors below 16 are refused by every local APIC.
  return cpu < 0 || vector < 0x10 ? undefined : { cpu, vector };
};

/**
 * Without remapping the address names the destination. With it, an entry of the table: one that
 * belongs to another device is refused there (SVT), and one that is not present leads nowhere.
 */
export const arrival = (
  config: Config,
  state: State,
  device: number,
  message: Message,
): Pair | undefined => {
  if (!config.remapping) {
    const fields = decode(message, false);
    return fields === undefined ? undefined : pairOf(config, fields.dest, fields.vector);
  }
  const fields = decodeRemappable(message);
  if (fields === undefined) return undefined;
  const entry = fields.handle + (fields.shv ? fields.subhandle : 0);
  const handles = state.devices[device]?.grant?.handles ?? [];
  const index = handles.findIndex((handle) => handle?.entry === entry);
  if (index < 0) return undefined;
  const written = state.vectors.irqs[irqOf(config, device, index)]?.message;
  return written === undefined ? undefined : pairOf(config, written.dest, written.vector);
};
