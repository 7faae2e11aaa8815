import type { State } from "../../../models/irq/capability/state.js";
import type { Command, Config, Response, View } from "../../../spec/irq/capability/vocabulary.js";
import type { Fault } from "../../subsystem.js";

export const faults: readonly Fault<Config, State, Command, Response, View>[] = [];
