/** What the default check runs, and the longer searches of the full tests. */
import type { Command, Config, View } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Campaign, Exploration } from "../../../subsystem.js";
import { base, commandsFor, direct, moves, type Role, remapped } from "./configs.js";

type E = Exploration<Config, Command, View>;

const mover: readonly Role[] = moves(0, 0, 1);
const masker: readonly Role[] = [{ operation: "disable" }, { operation: "enable" }];
const freer: readonly Role[] = [{ operation: "free" }];
const allocator: readonly Role[] = [
  { operation: "allocate", interrupt: 1, cpu: 0 },
  { operation: "allocate", interrupt: 1, cpu: 1 },
];
const taker: readonly Role[] = allocator.slice(0, 1);

/** One vector a CPU: whoever wants one wants the same. */
const scarce = { vectors: 1, events: 1 } as const;
const pair = { interrupts: 2, ...scarce } as const;
const freely = { ...remapped, prompt: false } as const;

export const campaigns: readonly Campaign<Config>[] = [
  {
    name: "two interrupts, three threads",
    level: "linux",
    config: { ...base, interrupts: 2, threads: 3, operations: 3, events: 4 },
    runs: 128,
    length: 160,
  },
  {
    name: "two interrupts, three threads, remapped",
    level: "linux",
    config: { ...remapped, interrupts: 2, live: 2, threads: 3, operations: 3, events: 4 },
    runs: 128,
    length: 160,
  },
  {
    name: "two interrupts, three threads, three CPUs, any legal order",
    level: "contract",
    config: { ...direct, cpus: 3, interrupts: 2, threads: 3, operations: 3, events: 4 },
    runs: 128,
    length: 160,
  },
  {
    name: "two interrupts, three threads, remapped, any legal order",
    level: "contract",
    config: { ...freely, interrupts: 2, threads: 3, operations: 3, events: 4 },
    runs: 128,
    length: 160,
  },
];

export const explorations: readonly E[] = [
  { name: "move, move", level: "linux", config: base, commands: commandsFor(mover, mover) },
  {
    name: "move, disable and enable, free",
    level: "linux",
    config: { ...base, threads: 3, events: 1 },
    commands: commandsFor(mover, masker, freer),
  },
  {
    name: "free, allocate",
    level: "linux",
    config: { ...base, ...pair },
    commands: commandsFor(freer, allocator),
  },
  {
    name: "move, free, remapped",
    level: "linux",
    config: { ...remapped, events: 1 },
    commands: commandsFor(mover, freer),
  },
  {
    name: "move, free, any legal order",
    level: "contract",
    config: { ...direct, events: 1 },
    commands: commandsFor(mover, freer),
  },
  {
    name: "move, disable and enable, any legal order",
    level: "contract",
    config: { ...direct, ...scarce },
    commands: commandsFor(mover, masker),
  },
  {
    name: "free, allocate, any legal order",
    level: "contract",
    config: { ...direct, ...pair },
    commands: commandsFor(freer, taker),
  },
  {
    name: "move, free, remapped, any legal order",
    level: "contract",
    config: { ...freely, ...scarce },
    commands: commandsFor(mover, freer),
  },
];

export const longExplorations: readonly E[] = [
  {
    name: "move, disable and enable, free, two events",
    level: "linux",
    config: { ...base, threads: 3 },
    commands: commandsFor(mover, masker, freer),
  },
  {
    name: "move, free, allocate",
    level: "linux",
    config: { ...base, ...pair, threads: 3 },
    commands: commandsFor(mover, freer, allocator),
  },
  {
    name: "move, disable and enable, free, remapped",
    level: "linux",
    config: { ...remapped, events: 1, threads: 3 },
    commands: commandsFor(mover, masker, freer),
  },
  {
    name: "move, free, remapped, two events",
    level: "linux",
    config: remapped,
    commands: commandsFor(mover, freer),
  },
  {
    name: "stored move, free, two events, any legal order",
    level: "contract",
    config: { ...base, prompt: false, vectors: 1 },
    commands: commandsFor(mover, freer),
  },
  {
    name: "move, disable and enable, free, any legal order",
    level: "contract",
    config: { ...direct, ...scarce, threads: 3 },
    commands: commandsFor(mover, masker, freer),
  },
  {
    name: "move, disable and enable, free, remapped, any legal order",
    level: "contract",
    config: { ...freely, ...scarce, threads: 3 },
    commands: commandsFor(mover, masker, freer),
  },
  {
    name: "move, free, allocate, any legal order",
    level: "contract",
    config: { ...direct, ...pair, threads: 3 },
    commands: commandsFor(mover, freer, taker),
  },
];
