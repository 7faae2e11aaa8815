import type { Command, Config } from "../../../spec/irq/driver/vocabulary.js";

/** Commands for exploring a small configuration to its end. */
export const tinyCommands = (config: Config): readonly Command[] => {
  const commands: Command[] = [];
  config.devices.forEach((shape, device) => {
    const pairs = shape.capabilities.some((c) => c.kind === "msix") ? 2 : 1;
    commands.push({ kind: "attach", device, driver: device, layers: [] });
    commands.push({ kind: "attach", device, driver: device, layers: [4] });
    const ask = { kind: "alloc", device, modes: 7, min: 1, spread: false, pre: 0 } as const;
    commands.push({ ...ask, max: pairs });
    if (pairs > 1) commands.push({ ...ask, max: 2, spread: true });
    commands.push({ kind: "close", device }, { kind: "crash", driver: device });
    for (let index = 0; index < pairs; index++) {
      const at = { device, index };
      commands.push({ kind: "enable", ...at }, { kind: "wait", ...at }, { kind: "event", ...at });
      commands.push({ kind: "disable", ...at });
    }
    commands.push({ kind: "line", device }, { kind: "ack", device, index: 0 });
  });
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
    for (let vector = config.vectorStart; vector < config.vectorEnd; vector++) {
      commands.push({ kind: "interrupt", cpu, vector });
    }
  }
  return commands;
};
