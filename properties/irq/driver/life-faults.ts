/** Faults while a driver holds interrupts, waits for them, gives them back or dies. */
import { Act } from "../../../models/irq/driver/act.js";
import { writeMessage } from "../../../models/irq/driver/registers.js";
import {
  handleOf,
  irqOf,
  plantOf,
  type State,
  withDevice,
  withHandle,
} from "../../../models/irq/driver/state.js";
import { linuxEnv } from "../../../models/irq/vector-matrix/assignment/env.js";
import { ENTRY_CONTROL, ENTRY_DATA } from "../../../spec/hardware/pci/capabilities.js";
import type { Command, Config, Response } from "../../../spec/irq/driver/vocabulary.js";
import { controller } from "./configs.js";
import {
  contract,
  type DriverFault,
  deciding,
  leaking,
  misread,
  type Of,
  type Outcome,
  on,
  releasedOn,
  rewriting,
  saying,
} from "./fault-tools.js";

/** An interrupt that has a vector, other than this one. */
const another = (config: Config, state: State, device: number, index: number) => {
  const own = irqOf(config, device, index);
  return state.vectors.irqs.find((irq, n) => n !== own && irq !== undefined && irq.vector !== 0);
};

/** Linux RESCHEDULE_VECTOR. */
const RESCHEDULE_VECTOR = 0xfd;

/** Word of an MSI-X entry that a write goes to: address, address, data, control. */
const wordOf = (offset: number): number => (offset & 15) >>> 2;

/** Devices that a command takes from their driver. */
const devicesOf = (before: State, c: Command): readonly number[] => {
  if (c.kind === "close" || c.kind === "releaseAll") return [c.device];
  if (c.kind !== "crash") return [];
  return before.devices.flatMap(({ driver }, i) => (driver === c.driver ? [i] : []));
};

const leftOn = (before: State, c: Command, right: Outcome): Outcome => {
  let { state } = right;
  for (const device of devicesOf(before, c)) {
    const fn = before.devices[device]?.fn;
    if (fn !== undefined) state = withDevice(state, device, { fn });
  }
  return saying({ ...right, state }, { writes: [] } as Partial<Response>);
};

const acceptAnything = (config: Config, before: State, c: Of<"program">): Outcome => {
  const act = new Act(config, before, linuxEnv(plantOf(config).vectors), false);
  const mode = before.devices[c.device]?.grant?.mode ?? "none";
  writeMessage(act, c.device, c.index, mode, c);
  return { state: act.state, response: { kind: "done", writes: act.writes } };
};

export const lifeFaults: readonly DriverFault[] = [
  contract(
    "DRV-6",
    "two-handles-one-vector",
    "a vector is looked up and taken in two steps, so that two drivers get the same",
    on("enable", (config, before, c, right) => {
      const other = another(config, before, c.device, c.index);
      if (right.response.kind !== "at" || right.response.vector === 0 || other === undefined) {
        return right;
      }
      return saying(right, { cpu: other.cpu, vector: other.vector });
    }),
  ),
  contract(
    "DRV-6-M",
    "entries-off-by-one",
    "the message of an interrupt is written into the next entry of the table",
    on("enable", (_config, _before, _c, right) =>
      rewriting(right, (write) =>
        write.space === "bar" && wordOf(write.offset) !== ENTRY_CONTROL
          ? { ...write, offset: write.offset + 16 }
          : write,
      ),
    ),
  ),
  contract(
    "DRV-6-I",
    "index-mixed-up",
    "the driver is told of the interrupt after the one that came",
    on("interrupt", (_config, before, _c, right) => {
      if (right.response.kind !== "delivered") return right;
      const { device, index } = right.response;
      const count = before.devices[device]?.grant?.handles.length ?? 1;
      return saying(right, { index: (index + 1) % count });
    }),
  ),
  contract(
    "DRV-6-R",
    "release-on-boot-cpu",
    "a vector is released on CPU 0 whatever CPU it belongs to",
    on("release", (config, before, c, right) =>
      releasedOn(config, before, right, irqOf(config, c.device, c.index), 0),
    ),
  ),
  contract(
    "DRV-7",
    "device-left-enabled-at-crash",
    "the death of a driver frees its vectors and does not touch its device",
    on("crash", (_config, before, c, right) => leftOn(before, c, right)),
  ),
  contract(
    "DRV-7",
    "device-left-enabled-at-close",
    "closing frees the vectors and does not touch the device",
    on("close", (_config, before, c, right) => leftOn(before, c, right)),
  ),
  contract(
    "DRV-7-V",
    "leak-at-crash",
    "the death of a driver leaves one of its vectors taken",
    on("crash", (config, before, c, right) => {
      const device = devicesOf(before, c).find((d) => handleOf(before, d, 0) !== undefined);
      return device === undefined ? right : leaking(config, before, right, device, 0);
    }),
  ),
  contract(
    "DRV-7-N",
    "entries-of-the-dead-kept",
    "whoever opens the device after a death gets the least number",
    misread("alloc", (_config, before, c) =>
      before.devices[c.device]?.recycled === true ? { ...c, max: Math.max(c.min, 1) } : c,
    ),
  ),
  contract(
    "DRV-8",
    "foreign-vector-accepted",
    "a driver may have any message written to its device",
    on("program", (config, before, c, right) =>
      right.response.kind === "refused" ? acceptAnything(config, before, c) : right,
    ),
  ),
  contract(
    "DRV-8",
    "only-the-window-checked",
    "a message is accepted if its address is in the interrupt window, whatever its vector",
    on("program", (config, before, c, right) => {
      const system = (c.data & 0xff) >= 0xeb && c.addressLo >>> 20 === 0xfee;
      return right.response.kind === "refused" && system
        ? acceptAnything(config, before, c)
        : right;
    }),
  ),
  contract(
    "DRV-8-M",
    "freed-entry-left-live",
    "an interrupt that a driver gives up stays unmasked with its message in place",
    on("disable", (_config, before, c, right) => {
      const fn = before.devices[c.device]?.fn;
      if (fn === undefined || right.response.kind !== "done") return right;
      return saying({ ...right, state: withDevice(right.state, c.device, { fn }) }, { writes: [] });
    }),
  ),
  contract(
    "DRV-8-M",
    "system-vector-given",
    "a driver is given the vector of the reschedule interrupt",
    on("enable", (_config, _before, _c, right) => {
      if (right.response.kind !== "at" || right.response.vector === 0) return right;
      const { vector } = right.response;
      const given = rewriting(right, (write) =>
        write.space === "bar" && wordOf(write.offset) === ENTRY_DATA && write.value === vector
          ? { ...write, value: RESCHEDULE_VECTOR }
          : write,
      );
      return saying(given, { vector: RESCHEDULE_VECTOR });
    }),
  ),
  contract(
    "DRV-9",
    "events-before-first-wait-lost",
    "the first wait clears what has come since registration",
    on("wait", (_config, before, c, right) => {
      if (right.response.kind !== "events") return right;
      if (handleOf(before, c.device, c.index)?.served !== false) return right;
      const change = { waiting: true, served: false };
      const state = withHandle(right.state, c.device, c.index, change);
      return { state, response: { kind: "blocked" } };
    }),
  ),
  contract(
    "DRV-9",
    "wait-returns-without-event",
    "a wait with nothing to report returns instead of sleeping",
    on("wait", (_config, _before, c, right) => {
      if (right.response.kind !== "blocked") return right;
      const state = withHandle(right.state, c.device, c.index, { waiting: false });
      return { state, response: { kind: "events", count: 1 } };
    }),
  ),
  contract(
    "DRV-9-W",
    "lost-wakeup",
    "a driver that goes to sleep again after its first event is not woken",
    on("interrupt", (_config, before, _c, right) => {
      const { response } = right;
      if (response.kind !== "delivered" || !response.woken) return right;
      const served = handleOf(before, response.device, response.index)?.served === true;
      return served ? saying(right, { woken: false }) : right;
    }),
  ),
  contract(
    "DRV-METRIC-2",
    "all-queues-on-one-cpu",
    "every vector comes from CPU 0, whatever the share of its queue",
    deciding((linux) => ({
      allocManaged: (irq, matrix, _cpus, entry) => linux.alloc(irq, matrix, [0], entry),
    })),
  ),
  contract(
    "DRV-METRIC-3",
    "message-to-the-boot-cpu",
    "messages name CPU 0, and a vector is looked up without regard to the CPU it came on",
    (model) => ({
      ...model,
      step: (config, before, c) => {
        const right = model.step(config, before, c);
        if (c.kind === "enable") {
          const boot = 0xfee00000 + (config.apicIds[0] ?? 0) * 0x1000;
          return rewriting(right, (write) =>
            write.space === "bar" && wordOf(write.offset) === 0 && write.value !== 0
              ? { ...write, value: boot }
              : write,
          );
        }
        if (c.kind !== "interrupt" || right.response.kind !== "spurious") return right;
        const irq = before.vectors.irqs.findIndex((i) => i?.started && i.vector === c.vector);
        const owner = plantOf(config).owners[irq];
        const at = before.vectors.irqs[irq];
        if (owner === undefined || at === undefined) return right;
        const { cpu, vector } = at;
        return {
          ...right,
          response: {
            kind: "delivered",
            ...owner,
            handled: true,
            woken: false,
            cpu,
            vector,
            writes: [],
          },
        };
      },
    }),
    { config: controller },
  ),
];
