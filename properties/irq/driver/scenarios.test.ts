/** Named stories, each from the driver's first call to its last, with every clause judged. */
import { describe, expect, it } from "vitest";
import type { Command, Config, Response } from "../../../spec/irq/driver/vocabulary.js";
import { scopeOf } from "../../engine/judge.js";
import { Session } from "../../engine/session.js";
import { ahci, controller, faultConfig, nic, nvme, roomy, scarce, sound } from "./configs.js";
import { driver as subsystem } from "./subsystem.js";

type Of<K extends Response["kind"]> = Extract<Response, { kind: K }>;

/** Commands one by one; each is judged by all clauses of the level. */
const story = (config: Config) => {
  const { judged } = scopeOf(subsystem.clauses, "linux", subsystem.observables);
  const session = new Session(subsystem, config, "linux", judged);
  session.reset();
  const exercised = (id: string): number =>
    session.judge.exercised[judged.findIndex((clause) => clause.id === id)] as number;
  const say = (command: Command): Response => {
    const holds = session.perform(command);
    expect(holds, `${subsystem.commandText(command)} breaks ${session.violated()}`).toBe(true);
    return session.t.response as Response;
  };
  const view = () => session.t.after as ReturnType<typeof subsystem.model.view>;
  return { say, view, exercised };
};

const ask = (device: number, min: number, max: number, more: Partial<Command> = {}): Command =>
  ({ kind: "alloc", device, modes: 7, min, max, spread: false, pre: 0, ...more }) as Command;

const open = (device: number, layers: readonly number[] = [], driver = 0): Command => ({
  kind: "attach",
  device,
  driver,
  layers,
});

/** From the device's event to the driver: the message arrives where it is pending. */
const raise = (s: ReturnType<typeof story>, device: number, index: number): Of<"delivered"> => {
  s.say({ kind: "event", device, index });
  for (let cpu = 0; cpu < 64; cpu++) {
    const vector = s.view().pending(cpu)[0];
    if (vector !== undefined) {
      const response = s.say({ kind: "interrupt", cpu, vector });
      expect(response.kind).toBe("delivered");
      return response as Of<"delivered">;
    }
  }
  throw new Error("no message arrived");
};

describe("an NVMe controller with five queues on five CPUs", () => {
  it("gets a vector a queue and one for its admin queue, and each queue is served on its CPU", () => {
    const s = story(controller);
    s.say(open(0));
    expect(s.say({ kind: "query", device: 0 })).toMatchObject({ msix: 6, msi: 0, mode: "none" });
    const granted = s.say(ask(0, 1, 32, { spread: true, pre: 1 }));
    expect(granted).toMatchObject({ kind: "granted", mode: "msix", count: 6 });
    const cpus: number[] = [];
    for (let index = 0; index < 6; index++) {
      const at = s.say({ kind: "enable", device: 0, index }) as Of<"at">;
      if (index > 0) cpus.push(at.cpu);
      expect(s.say({ kind: "wait", device: 0, index })).toEqual({ kind: "blocked" });
    }
    expect([...cpus].sort()).toEqual([0, 1, 2, 3, 4]);
    for (let index = 1; index < 6; index++) {
      const came = raise(s, 0, index);
      expect(came).toMatchObject({ device: 0, index, woken: true, cpu: cpus[index - 1] });
      expect(s.say({ kind: "wait", device: 0, index })).toEqual({ kind: "events", count: 1 });
    }
    expect(s.exercised("DRV-METRIC-1")).toBe(1);
    expect(s.exercised("DRV-METRIC-2")).toBe(5);
    expect(s.exercised("DRV-METRIC-3")).toBe(5);
    expect(s.exercised("DRV-METRIC-4")).toBe(1);
  });
});

describe("a driver that dies with live vectors", () => {
  it("leaves nothing behind, and the next one gets the full amount", () => {
    const s = story(scarce);
    const free = (): number => s.view().free(0) + s.view().free(1);
    s.say(open(0));
    const all = free();
    expect(s.say(ask(0, 1, 5))).toMatchObject({ mode: "msix", count: 5 });
    for (let index = 0; index < 5; index++) s.say({ kind: "enable", device: 0, index });
    expect(free()).toBe(all - 5);
    s.say({ kind: "event", device: 0, index: 3 });
    s.say({ kind: "crash", driver: 0 });
    expect(free()).toBe(all);
    expect(s.view().reserved).toBe(0);
    expect(s.view().registers(0)).toMatchObject({ msixEnabled: false, intxDisabled: false });
    // The event that was on its way has no owner any more.
    const cpu = s.view().pending(0).length > 0 ? 0 : 1;
    const vector = s.view().pending(cpu)[0] as number;
    expect(s.say({ kind: "interrupt", cpu, vector })).toEqual({ kind: "spurious" });
    s.say(open(0, [], 1));
    expect(s.say(ask(0, 1, 5))).toMatchObject({ mode: "msix", count: 5 });
    for (let index = 0; index < 5; index++) {
      expect(s.say({ kind: "enable", device: 0, index }).kind).toBe("at");
    }
  });

  it("takes its other devices along, and no other driver's", () => {
    const s = story(roomy);
    for (const [device, driver] of [
      [0, 0],
      [1, 0],
      [2, 1],
    ] as const) {
      s.say(open(device, [], driver));
      s.say(ask(device, 1, 2));
      s.say({ kind: "enable", device, index: 0 });
    }
    s.say({ kind: "crash", driver: 0 });
    expect(
      s
        .view()
        .devices.map((device) => device.driver)
        .slice(0, 3),
    ).toEqual([-1, -1, 1]);
    expect(raise(s, 2, 0)).toMatchObject({ device: 2, index: 0, handled: true });
  });
});

describe("the choice of a mode", () => {
  const chosen = (layers: readonly number[], more: Partial<Command> = {}): string => {
    const s = story({ ...roomy, devices: [nic(1)] });
    s.say(open(0, layers));
    const response = s.say(ask(0, 1, 2, more));
    return response.kind === "granted" ? response.mode : response.kind;
  };

  it.each([
    ["no quirk", [], "msix"],
    ["NO_MSIX", [4], "msi"],
    ["NO_MSI", [2], "msix"],
    ["NO_MSIX in one layer, NO_MSI in another", [4, 2], "legacy"],
    ["a later layer without flags takes nothing back", [4, 0], "msi"],
    ["FORCE_LEGACY beside everything else", [0, 1, 0], "legacy"],
    ["Linux's no_msi excludes both", [8], "legacy"],
  ] as const)("%s", (_name, layers, mode) => {
    expect(chosen(layers)).toBe(mode);
  });

  it("FORCE_LEGACY fails where the driver does not take the pin", () => {
    expect(chosen([1], { modes: 3 } as Partial<Command>)).toBe("failed");
  });

  it("falls back to MSI where the table of MSI-X cannot be reached, and leaves MSI-X off", () => {
    const s = story(roomy);
    s.say(open(4));
    expect(s.say(ask(4, 1, 4))).toMatchObject({ mode: "msi", count: 1 });
    expect(s.view().registers(4)).toMatchObject({
      msixEnabled: false,
      functionMask: false,
      msiEnabled: true,
    });
  });

  it("a request for more than MSI-X and MSI have fails with the error of the last", () => {
    const s = story(roomy);
    s.say(open(3));
    const modes = { modes: 3 } as Partial<Command>;
    expect(s.say(ask(3, 1, 1, { modes: 1 } as Partial<Command>))).toMatchObject({
      error: "EINVAL",
    });
    expect(s.say(ask(3, 2, 4, modes))).toMatchObject({ error: "ENOSPC" });
    expect(s.say(ask(3, 3, 2, modes))).toMatchObject({ error: "ERANGE" });
    expect(s.say(ask(3, 1, 1, { modes: 0 } as Partial<Command>))).toMatchObject({
      error: "ENOSPC",
    });
  });

  it("without remapping MSI is one message; with it, as many as the device has", () => {
    for (const [remapping, count] of [
      [false, 1],
      [true, 8],
    ] as const) {
      const s = story({ ...roomy, remapping, devices: [ahci(1)] });
      s.say(open(0));
      expect(s.say(ask(0, 1, 8))).toMatchObject({ mode: "msi", count });
      s.say({ kind: "enable", device: 0, index: count - 1 });
      expect(raise(s, 0, count - 1)).toMatchObject({ index: count - 1, handled: true });
    }
  });
});

describe("events and waits", () => {
  it("what comes between registration and the first wait is seen by it", () => {
    const s = story(faultConfig);
    s.say(open(0));
    s.say(ask(0, 1, 1));
    s.say({ kind: "enable", device: 0, index: 0 });
    raise(s, 0, 0);
    raise(s, 0, 0);
    expect(s.say({ kind: "wait", device: 0, index: 0 })).toEqual({ kind: "events", count: 2 });
    expect(s.say({ kind: "wait", device: 0, index: 0 })).toEqual({ kind: "blocked" });
    expect(raise(s, 0, 0).woken).toBe(true);
  });

  it("an event before registration comes when the entry is unmasked", () => {
    const s = story(faultConfig);
    s.say(open(0));
    s.say(ask(0, 2, 2));
    s.say({ kind: "event", device: 0, index: 1 });
    expect(s.view().pending(0)).toEqual([]);
    const at = s.say({ kind: "enable", device: 0, index: 1 }) as Of<"at">;
    const { cpu, vector } = at;
    expect(s.view().pending(cpu)).toEqual([vector]);
    expect(s.say({ kind: "interrupt", cpu, vector })).toMatchObject({ index: 1, handled: true });
  });

  it("a pin interrupt is held back until the driver has served the device", () => {
    const s = story({ ...roomy, devices: [sound(1)] });
    s.say(open(0));
    expect(s.say(ask(0, 1, 1, { modes: 4 } as Partial<Command>))).toMatchObject({ mode: "legacy" });
    s.say({ kind: "enable", device: 0, index: 0 });
    s.say({ kind: "event", device: 0, index: 0 });
    expect(s.say({ kind: "line", device: 0 })).toMatchObject({ kind: "delivered", device: 0 });
    expect(s.view().devices[0]?.lineMasked).toBe(true);
    expect(s.say({ kind: "line", device: 0 })).toEqual({ kind: "spurious" });
    s.say({ kind: "wait", device: 0, index: 0 });
    s.say({ kind: "ack", device: 0, index: 0 });
    s.say({ kind: "event", device: 0, index: 0 });
    expect(s.say({ kind: "line", device: 0 }).kind).toBe("delivered");
  });
});

describe("a driver that wants a message of its own choice", () => {
  it("gets the one the kernel composed for it, and no other", () => {
    const s = story({ ...faultConfig, devices: [nvme(1, 6), nic(2)] });
    for (const device of [0, 1]) {
      s.say(open(device, [], device));
      s.say(ask(device, 1, 2));
      s.say({ kind: "enable", device, index: 0 });
    }
    const own = s.view().message(0, 0);
    const foreign = s.view().message(1, 0);
    const program = (driver: number, message: object): string =>
      s.say({ kind: "program", driver, device: 0, index: 0, ...message } as Command).kind;
    expect(program(0, own)).toBe("done");
    expect(program(0, foreign)).toBe("refused");
    // Timer, reschedule and error vectors, and a device that another driver has open.
    for (const data of [0xec, 0xfd, 0xfe]) expect(program(0, { ...own, data })).toBe("refused");
    expect(program(1, own)).toBe("refused");
    expect(s.view().message(0, 0)).toEqual(own);
  });
});

describe("an interrupt that is given back", () => {
  it("frees its vector on the CPU it was on", () => {
    const s = story(faultConfig);
    s.say(open(0));
    s.say(ask(0, 3, 3));
    const at = [0, 1, 2].map((index) => s.say({ kind: "enable", device: 0, index }) as Of<"at">);
    const away = at.findIndex(({ cpu }) => cpu !== 0);
    const { cpu, vector } = at[away] as Of<"at">;
    const boot = s.view().taken(0);
    s.say({ kind: "release", device: 0, index: away });
    expect(s.view().taken(cpu)).not.toContain(vector);
    expect(s.view().taken(0)).toEqual(boot);
    expect(s.exercised("DRV-6-R")).toBe(1);
  });
});
