/** Message composition, arch/x86/kernel/apic/apic.c. */
import { fast } from "../../../spec/irq/msi-message/layout.js";
import {
  type Config,
  EXTENDED_DESTINATIONS,
  type Message,
} from "../../../spec/irq/msi-message/vocabulary.js";

export type Composed = Message & {
  /** Linux warns once: the destination did not fit and lost its high bits. */
  readonly truncated: boolean;
};

/** arch/x86/kernel/apic/apic.c __irq_msi_compose_msg(), for a device; `dm` true is logical. */
export const compose = (dest: number, vector: number, dm: boolean, ext: boolean): Composed => {
  const wide = ext && dest < EXTENDED_DESTINATIONS;
  const layout = wide ? fast.extendedAddress : fast.compatibilityAddress;
  // A destination beyond the field is cut off silently but for the warning.
  const [lo, hi] = layout.encode({ "Destination ID": wide ? dest : dest & 0xff, DM: dm ? 1 : 0 });
  const [data] = fast.compatibilityData.encode({ Vector: vector });
  return {
    addressLo: lo as number,
    addressHi: hi as number,
    data: data as number,
    truncated: !wide && dest > 0xff,
  };
};

/** The same for a message that the Intel IOMMU itself sends (fault, page request, performance). */
export const composeIommu = (dest: number, vector: number, dm: boolean): Message => {
  const [lo, hi] = fast.iommuAddress.encode({ "Destination ID": dest, DM: dm ? 1 : 0 });
  const [data] = fast.compatibilityData.encode({ Vector: vector });
  return { addressLo: lo as number, addressHi: hi as number, data: data as number };
};

/**
 * Whether a CPU with this id can be the target of a message. Linux brings up no other CPU
 * (arch/x86/kernel/apic/apic.c try_to_enable_x2apic), so the truncation above never happens.
 */
export const reachable = (config: Config, dest: number): boolean =>
  dest < (config.extendedDestinationId ? EXTENDED_DESTINATIONS : 0x100);

export type Decoded = {
  readonly dest: number;
  readonly vector: number;
  readonly logical: boolean;
  readonly hint: boolean;
  readonly delivery: number;
};

/** The fields of a compatibility-format message; undefined for any other write. */
export const decode = (message: Message, ext: boolean): Decoded | undefined => {
  const address = [message.addressLo, message.addressHi];
  const layout = ext ? fast.extendedAddress : fast.compatibilityAddress;
  const data = [message.data];
  if (!layout.sound(address) || !fast.compatibilityData.sound(data)) return undefined;
  return {
    dest: layout.get(address, "Destination ID"),
    vector: fast.compatibilityData.get(data, "Vector"),
    logical: layout.get(address, "DM") === 1,
    hint: layout.get(address, "RH") === 1,
    delivery: fast.compatibilityData.get(data, "Delivery Mode"),
  };
};

/** The fields of a message that the Intel IOMMU itself sends. */
export const decodeIommu = (message: Message): Decoded | undefined => {
  const address = [message.addressLo, message.addressHi];
  const data = [message.data];
  if (!fast.iommuAddress.sound(address) || !fast.compatibilityData.sound(data)) return undefined;
  return {
    dest: fast.iommuAddress.get(address, "Destination ID"),
    vector: fast.compatibilityData.get(data, "Vector"),
    logical: fast.iommuAddress.get(address, "DM") === 1,
    hint: fast.iommuAddress.get(address, "RH") === 1,
    delivery: fast.compatibilityData.get(data, "Delivery Mode"),
  };
};
