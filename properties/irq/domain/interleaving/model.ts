import { followOf, outcomesOf } from "../../../../models/irq/domain/interleaving/admit.js";
import type { Kernel } from "../../../../models/irq/domain/interleaving/kernel.js";
import { init, type State } from "../../../../models/irq/domain/interleaving/state.js";
import { stepOf } from "../../../../models/irq/domain/interleaving/step.js";
import type { Model } from "../../../../spec/core/model.js";
import type {
  Command,
  Config,
  Response,
  View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";

/** A kernel as an executable reference; seeded faults are kernels too. */
export const modelOf = (kernel: Kernel): Model<Config, State, Command, Response, View> => ({
  init,
  step: stepOf(kernel),
  outcomes: outcomesOf(kernel),
  follow: followOf(kernel),
  view: (_config, state) => state,
});
