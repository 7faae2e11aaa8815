import type { State } from "../../../models/irq/driver/state.js";
import type { Command, Config, DriverView, Response } from "../../../spec/irq/driver/vocabulary.js";
import type { Fault } from "../../subsystem.js";

export type DriverFault = Fault<Config, State, Command, Response, DriverView>;

export const faults: readonly DriverFault[] = [];
