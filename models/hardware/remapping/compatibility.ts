/** Messages that no table is asked about. SDM vol. 3, Message Signalled Interrupts. */
import { fast } from "../../../spec/irq/msi-message/layout.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type { Target } from "../local-apic/index.js";

const destination = fast.compatibilityAddress.reader("Destination ID");
const extendedDestination = fast.extendedAddress.reader("Destination ID");
const ownDestination = fast.iommuAddress.reader("Destination ID");
const vector = fast.compatibilityData.reader("Vector");
const delivery = fast.compatibilityData.reader("Delivery Mode");
const trigger = fast.compatibilityData.reader("Trigger");

const withDestination = (m: Message, dest: number): Target => {
  const data = [m.data];
  return {
    dest,
    logical: (m.addressLo & 4) !== 0,
    vector: vector(data),
    delivery: delivery(data),
    level: trigger(data) === 1,
    hint: (m.addressLo & 8) !== 0,
  };
};

/** A device's message as it stands; reserved bits are not looked at. */
export const compatibilityTarget = (m: Message, extendedDestinationId = false): Target => {
  const address = [m.addressLo, m.addressHi];
  return withDestination(m, (extendedDestinationId ? extendedDestination : destination)(address));
};

/** A message that the Intel unit sends itself: 32-bit destination. */
export const ownTarget = (m: Message): Target =>
  withDestination(m, ownDestination([m.addressLo, m.addressHi]));
