/** Which commands may be issued when: the caller's duties, not the system's. */
import type { Level } from "../../../spec/core/clause.js";
import {
  ALLOW_LEGACY,
  type Command,
  type Config,
  type DriverView,
} from "../../../spec/irq/driver/vocabulary.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const allocEnabled = (view: DriverView, c: Of<"alloc">): boolean => {
  const device = view.devices[c.device];
  if (device === undefined || device.driver < 0) return false;
  // Linux answers a request for nothing at all, and one for nothing to spread, in its own ways.
  if (c.max < 1 || (c.spread && c.min < 1)) return false;
  // Linux's MSI-X knows no least number of 0, its MSI fails; the sheet has both fail (DRV-4).
  if (c.min < 1 && (c.modes & 1) !== 0) return false;
  const { grant } = device;
  if (grant === undefined) return true;
  // pci_alloc_irq_vectors() would switch the pin on beside live messages: a driver's mistake.
  return grant.mode !== "legacy" && (c.modes & ALLOW_LEGACY) === 0;
};

export const enabled = (
  config: Config,
  _level: Level,
  view: DriverView,
  command: Command,
): boolean => {
  if ("device" in command && command.device >= config.devices.length) return false;
  const device = "device" in command ? view.devices[command.device] : undefined;
  const handle =
    "index" in command && device !== undefined ? device.grant?.handles[command.index] : undefined;
  switch (command.kind) {
    case "attach":
      return device?.driver === -1;
    case "alloc":
      return allocEnabled(view, command);
    case "query":
    case "releaseAll":
    case "close":
      return device !== undefined && device.driver >= 0;
    case "enable":
      return handle?.enabled === false;
    case "disable":
    case "ack":
      return handle?.enabled === true;
    // A driver waits once at a time.
    case "wait":
      return handle?.enabled === true && !handle.waiting;
    case "setAffinity":
      if (handle === undefined || device?.grant?.mode === "legacy") return false;
      return command.cpus.length > 0;
    case "program":
      return device !== undefined && device.driver >= 0;
    case "release":
      return handle !== undefined && device?.grant?.mode === "msix";
    case "crash":
      return view.devices.some(({ driver }) => driver === command.driver);
    case "event":
      return device !== undefined;
    case "interrupt":
      // One that nobody sent comes where nobody is; elsewhere it could not be told from a real one.
      return (
        view.pending(command.cpu).includes(command.vector) ||
        view.owner(command.cpu, command.vector) === undefined
      );
    case "line":
      return device !== undefined && view.asserts(command.device) && !device.lineMasked;
    case "tick":
      return true;
  }
};
