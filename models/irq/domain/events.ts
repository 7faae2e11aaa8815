/** What the hardware does in a command, before any code of the kernel runs. */
import { placeOf } from "../../../spec/irq/domain/platform.js";
import { type Command, type Config, TIMER_VECTOR } from "../../../spec/irq/domain/vocabulary.js";
import { newApic } from "../../hardware/local-apic/index.js";
import {
  cpuTake,
  fire,
  type Machine,
  quieted,
  release,
  toApics,
  withApic,
} from "../../hardware/machine/index.js";
import { offeredTo } from "./hardware.js";
import { plantOf } from "./plant.js";
import { bootCpu, type State } from "./state.js";

/** A fixed request appears in one local APIC. */
const request = (
  config: Config,
  m: Machine,
  cpu: number,
  vector: number,
  level: boolean,
): Machine =>
  toApics(plantOf(config).machine, m, {
    dest: config.apicIds[cpu] ?? 0,
    logical: false,
    vector,
    delivery: 0,
    level,
    hint: false,
  });

/** The device has an event. */
export const raise = (config: Config, m: Machine, irq: number): Machine => {
  const { device, index } = placeOf(config, irq);
  return fire(plantOf(config).machine, m, device, index);
};

const mishaps = { sent: "none", lost: "lose", late: "hold", twice: "duplicate" } as const;

export const hardwarePart = (config: Config, state: State, command: Command): Machine => {
  const m = quieted(state.machine);
  switch (command.kind) {
    case "event": {
      const after = raise(config, { ...m, mishap: mishaps[command.fate] }, command.irq);
      return { ...after, mishap: "none" };
    }
    case "arrive":
      return release(plantOf(config).machine, m, command.nth);
    case "phantom":
      return request(config, m, command.cpu, command.vector, false);
    case "timer":
      return request(config, m, command.cpu, TIMER_VECTOR, false);
    case "take":
      return offeredTo(m, command.cpu) === command.vector ? cpuTake(m, command.cpu).state : m;
    case "line": {
      const vector = config.lines[command.line];
      if (vector === undefined) return m;
      const cpu = bootCpu(state);
      const raised = request(config, m, cpu, vector, true);
      return offeredTo(raised, cpu) === vector ? cpuTake(raised, cpu).state : m;
    }
    case "cpuUp": {
      // INIT leaves the local APIC as after power-up.
      const id = config.apicIds[command.cpu];
      if (id === undefined || state.vectors.online[command.cpu] === true) return m;
      return withApic(m, command.cpu, newApic(id, config.apic));
    }
    default:
      return m;
  }
};
