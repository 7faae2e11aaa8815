/** Every command of a small configuration, in a fixed order. */

import { amdMessage } from "../../../models/irq/msi-message/amd.js";
import { remappableMessage } from "../../../models/irq/msi-message/intel.js";
import { seenAs } from "../../../spec/irq/msi-message/hardware.js";
import type { Command, Config } from "../../../spec/irq/msi-message/vocabulary.js";

const VECTORS = [0x21, 0x22] as const;

/** Without remapping: single vectors and blocks. */
export const vectorCommands = (config: Config): readonly Command[] => {
  const commands: Command[] = [];
  for (let device = 0; device < config.devices.length; device++) {
    commands.push({ kind: "releaseVectors", device });
    for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
      for (const count of [1, 2, 3]) commands.push({ kind: "allocateVectors", device, cpu, count });
    }
  }
  return commands;
};

/** Under remapping: the whole life of two interrupts a device. */
export const tableCommands = (config: Config): readonly Command[] => {
  const commands: Command[] = [];
  for (let device = 0; device < config.devices.length; device++) {
    commands.push(
      { kind: "allocateIrtes", device, irq: 0, count: 2, source: "msi" },
      { kind: "allocateIrtes", device, irq: 0, count: 1, source: "msix" },
      { kind: "free", device, irq: 0 },
    );
    for (const irq of [0, 1]) {
      commands.push({ kind: "deactivate", device, irq });
      for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
        const vector = VECTORS[cpu % 2] as number;
        commands.push({ kind: "activate", device, irq, cpu, vector });
        commands.push({ kind: "setAffinity", device, irq, cpu, vector });
      }
    }
    const requester = seenAs(config, device);
    for (let index = 0; index < config.tableEntries; index++) {
      const message =
        config.remapping === "amd" ? amdMessage(index, config.amd2k) : remappableMessage(index, 0);
      commands.push({ kind: "inject", requester, ...message });
    }
  }
  return commands;
};
