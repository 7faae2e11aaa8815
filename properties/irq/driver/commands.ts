import { type FunctionShape, msixOf } from "../../../spec/hardware/shape.js";
import type { Command, Config } from "../../../spec/irq/driver/vocabulary.js";

const messages = (shape: FunctionShape): number => msixOf(shape)?.entries ?? 1;

const arrivals = (config: Config): readonly Command[] =>
  config.apicIds.flatMap((_id, cpu) =>
    Array.from({ length: config.vectorEnd - config.vectorStart }, (_x, i): Command => {
      return { kind: "interrupt", cpu, vector: config.vectorStart + i };
    }),
  );

const ask = (device: number, max: number, spread: boolean): Command => ({
  kind: "alloc",
  device,
  modes: 7,
  min: 1,
  max,
  spread,
  pre: 0,
});

/** Each driver with its own device, from opening it to its death. */
export const lifeCommands = (config: Config): readonly Command[] => {
  const commands = config.devices.flatMap((shape, device): Command[] => [
    { kind: "attach", device, driver: device, layers: [] },
    ask(device, messages(shape), false),
    { kind: "crash", driver: device },
    ...Array.from({ length: messages(shape) }, (_x, index) => ({ device, index })).flatMap(
      (at): Command[] => [
        { kind: "enable", ...at },
        { kind: "wait", ...at },
        { kind: "event", ...at },
      ],
    ),
    { kind: "line", device },
    { kind: "ack", device, index: 0 },
  ]);
  return [...commands, ...arrivals(config)];
};

/** One driver that moves what it has. */
export const moveCommands = (config: Config): readonly Command[] => {
  const commands = config.devices.flatMap((shape, device): Command[] => [
    { kind: "attach", device, driver: 0, layers: [] },
    ask(device, messages(shape), false),
    { kind: "close", device },
    ...Array.from({ length: messages(shape) }, (_x, index) => ({ device, index })).flatMap(
      (at): Command[] => [
        { kind: "enable", ...at },
        { kind: "wait", ...at },
        { kind: "event", ...at },
        ...config.apicIds.map((_id, cpu): Command => ({ kind: "setAffinity", ...at, cpus: [cpu] })),
      ],
    ),
  ]);
  return [...commands, ...arrivals(config), { kind: "tick" }];
};
