/** How seeded faults are written: what the model did, changed after the fact. */
import type { Model, Outcome } from "../spec/core/model.js";
import type { Fault } from "./subsystem.js";

/** The words of a subsystem's faults, typed for it. */
export const faultKit = <Config, State, Command, Response, View>() => {
  type M = Model<Config, State, Command, Response, View>;
  type F = Fault<Config, State, Command, Response, View>;
  type O = Outcome<State, Response>;
  type Wrap = (model: M) => M;

  const at =
    (level: F["level"]) =>
    (
      clause: string,
      name: string,
      title: string,
      wrap: Wrap,
      where: { readonly config?: Config } = {},
    ): F => ({ name, title, clause, level, wrap, ...where });

  return {
    /** Changes what the model did, given what it did. */
    after:
      (change: (config: Config, before: State, command: Command, right: O) => O): Wrap =>
      (model) => ({
        ...model,
        step: (config, state, command) =>
          change(config, state, command, model.step(config, state, command)),
      }),
    contract: at("contract"),
    linuxLevel: at("linux"),
  };
};
