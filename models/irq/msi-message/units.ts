/** Switching remapping on and off, and requests from the bus. */
import type { Action, Command, Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { answer, failed, type MessageOutcome } from "./remap.js";
import { request } from "./resolve.js";
import type { State } from "./state.js";
import { wait } from "./write.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const register = (name: "IRTA" | "SIRTP" | "IRE" | "CFI"): Action => ({ kind: "register", name });

/** drivers/iommu/intel/irq_remapping.c iommu_set_irq_remapping(), iommu_enable_irq_remapping(). */
export const enableActions = (config: Config): readonly Action[] => {
  if (config.remapping !== "intel") return [register("IRE"), wait];
  const flush: readonly Action[] = config.selfInvalidates ? [] : [{ kind: "invalidateAll" }, wait];
  return [
    register("IRTA"),
    register("SIRTP"),
    wait,
    ...flush,
    register("IRE"),
    wait,
    // Compatibility-format requests are still let through: block them.
    register("CFI"),
    wait,
  ];
};

export const enableRemapping = (
  config: Config,
  state: State,
  c: Of<"enableRemapping">,
): MessageOutcome => {
  if (config.remapping === "none" || !config.coverable) return failed(state, "ENODEV");
  if ((c.table & 0xfffn) !== 0n) return failed(state, "EINVAL");
  const log: Action[] = [];
  for (let unit = 0; unit < config.units; unit++) log.push(...enableActions(config));
  // The new table is empty and nothing of an earlier one is cached any more.
  return answer(
    {
      ...state,
      enabled: new Array<boolean>(config.units).fill(true),
      blocked: true,
      tables: [],
      dtes: new Map(),
      cache: [],
      log,
    },
    { kind: "done" },
  );
};

/** iommu_disable_irq_remapping(): compatibility-format requests pass again. */
export const disableRemapping = (config: Config, state: State): MessageOutcome => {
  if (config.remapping === "none") return failed(state, "ENODEV");
  const log: Action[] = [];
  for (let unit = 0; unit < config.units; unit++) log.push(register("IRE"), wait);
  const enabled = new Array<boolean>(config.units).fill(false);
  return answer({ ...state, enabled, blocked: false, log }, { kind: "done" });
};

export const inject = (config: Config, state: State, c: Of<"inject">): MessageOutcome => {
  const { fate, state: after } = request(config, state, c.requester, c);
  return answer(after.log.length === 0 ? after : { ...after, log: [] }, fate);
};
