import { planOf } from "../../../spec/irq/domain/platform.js";
import type { Command, Config } from "../../../spec/irq/domain/vocabulary.js";
import { maskTable } from "../vector-matrix/allocator/generator.js";

/** Every set of device vectors: what may be requested beside the one in hand. */
const subsets = (vectors: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** vectors.length }, (_x, bits) =>
    vectors.filter((_v, i) => ((bits >> i) & 1) === 1),
  );

/** Commands of a small configuration, in a fixed order. */
export const allCommands = (config: Config): readonly Command[] => {
  const sets = maskTable(config.apicIds.length).filter((cpus) => cpus.length > 0);
  const vectors = Array.from({ length: config.end - config.start }, (_x, i) => config.start + i);
  const commands: Command[] = [];
  config.devices.forEach((d, device) => {
    for (let first = 0; first < d.entries; first++) {
      commands.push({ kind: "alloc", device, first, count: 1, policy: "reserve", cpus: [] });
    }
  });
  for (let irq = 0; irq < planOf(config).count; irq++) {
    commands.push(
      { kind: "free", irq },
      { kind: "startup", irq },
      { kind: "shutdown", irq },
      { kind: "mask", irq },
      { kind: "unmask", irq },
      { kind: "event", irq, fate: "sent" },
    );
    for (const cpus of sets) commands.push({ kind: "setAffinity", irq, cpus });
  }
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) {
    commands.push({ kind: "handled", cpu }, { kind: "resume", cpu });
    for (const pending of subsets(vectors)) commands.push({ kind: "cleanup", cpu, pending });
    for (const vector of vectors) {
      for (const pending of subsets(vectors.filter((v) => v !== vector))) {
        commands.push({ kind: "take", cpu, vector, pending, again: false });
      }
    }
  }
  return commands;
};
