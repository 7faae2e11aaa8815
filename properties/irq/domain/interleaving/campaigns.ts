/** What the default check runs. */
import type { Command, Config, View } from "../../../../spec/irq/domain/interleaving/vocabulary.js";
import type { Campaign, Exploration } from "../../../subsystem.js";
import { base, commandsFor, direct, moves, type Role, remapped } from "./configs.js";

const mover: readonly Role[] = moves(0, 0, 1);
const masker: readonly Role[] = [{ operation: "disable" }, { operation: "enable" }];
const freer: readonly Role[] = [{ operation: "free" }];

export const campaigns: readonly Campaign<Config>[] = [];

export const explorations: readonly Exploration<Config, Command, View>[] = [
  { name: "move and move", level: "linux", config: base, commands: commandsFor(mover, mover) },
  { name: "move and disable", level: "linux", config: base, commands: commandsFor(mover, masker) },
  { name: "move and free", level: "linux", config: base, commands: commandsFor(mover, freer) },
  {
    name: "move and free, remapped",
    level: "linux",
    config: remapped,
    commands: commandsFor(mover, freer),
  },
  { name: "move and free", level: "contract", config: direct, commands: commandsFor(mover, freer) },
];
