/** drivers/pci/pci.c: looking for a capability in the list of configuration space. */
import {
  CAPABILITY_LIST,
  capabilityPointer,
  HEADER_TYPE,
  STATUS,
} from "../../../spec/hardware/pci/header.js";
import { ABSENT_ID, FIRST_CAPABILITY, WALK_LIMIT } from "../../../spec/irq/capability/reading.js";
import type { RegisterBus } from "./bus.js";

/** Reads of configuration space are all that a walk does. */
export type ConfigReader = Pick<RegisterBus, "readConfig">;

/** __pci_bus_find_cap_start: where the first pointer stands; 0 if there is no list. */
export const capabilityStart = (bus: ConfigReader): number => {
  if ((bus.readConfig(STATUS, 2) & CAPABILITY_LIST) === 0) return 0;
  return capabilityPointer(bus.readConfig(HEADER_TYPE, 1) & 0x7f) ?? 0;
};

/** pci_find_capability: the offset of the first capability of this id; 0 if there is none. */
export const findCapability = (bus: ConfigReader, id: number): number => {
  const start = capabilityStart(bus);
  if (start === 0) return 0;
  let at = bus.readConfig(start, 1);
  for (let left = WALK_LIMIT; left > 0; left--) {
    if (at < FIRST_CAPABILITY) return 0;
    at &= ~3;
    const header = bus.readConfig(at, 2);
    if ((header & 0xff) === ABSENT_ID) return 0;
    if ((header & 0xff) === id) return at;
    at = header >>> 8;
  }
  return 0;
};
