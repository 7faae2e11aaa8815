import { type DriverTransition, handleAt } from "../../../spec/irq/driver/judging.js";
import type { Feature } from "../../subsystem.js";

type T = DriverTransition;

const mode = (t: T): string => (t.response.kind === "granted" ? t.response.mode : "");
const fell = (t: T, to: string, from: number): boolean =>
  t.command.kind === "alloc" && mode(t) === to && (t.command.modes & from) !== 0;

/** Whether a driver that dies has interrupts that are enabled. */
const hadLive = (t: T, driver: number): boolean =>
  t.before.devices.some(
    (device) =>
      device.driver === driver && device.grant?.handles.some((handle) => handle?.enabled === true),
  );

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  { name: "MSI after MSI-X was asked for", reached: (t) => fell(t, "msi", 1) },
  { name: "legacy after a message was asked for", reached: (t) => fell(t, "legacy", 3) },
  {
    name: "several messages of MSI",
    reached: (t) => t.response.kind === "granted" && mode(t) === "msi" && t.response.count > 1,
  },
  {
    name: "fewer interrupts than the device has entries, for want of vectors",
    reached: (t) =>
      t.response.kind === "granted" &&
      t.command.kind === "alloc" &&
      t.response.count < t.command.max &&
      t.before.taken(0).length > 0,
  },
  {
    name: "no vector when the driver registers",
    reached: (t) => t.command.kind === "enable" && t.response.kind === "failed",
  },
  {
    name: "death of a driver with live vectors",
    reached: (t) => t.command.kind === "crash" && hadLive(t, t.command.driver),
  },
  {
    name: "event between registration and first wait",
    reached: (t) => t.command.kind === "wait" && t.response.kind === "events",
  },
  {
    name: "sleeping driver woken",
    reached: (t) => t.response.kind === "delivered" && t.response.woken,
  },
  {
    name: "several events in one wait",
    reached: (t) => t.response.kind === "events" && t.response.count > 1,
  },
  {
    name: "event of an interrupt that has been given back",
    reached: (t) => t.command.kind === "interrupt" && t.response.kind === "spurious",
  },
  { name: "pin interrupt", reached: (t) => t.command.kind === "line" },
  {
    name: "move of an enabled interrupt",
    reached: (t) =>
      t.response.kind === "delivered" &&
      handleAt(t.after, t.response.device, t.response.index)?.prevVector !== 0 &&
      handleAt(t.before, t.response.device, t.response.index)?.prevVector === 0,
  },
  {
    name: "message of another driver asked for",
    reached: (t) => t.command.kind === "program" && t.response.kind === "refused",
  },
];
