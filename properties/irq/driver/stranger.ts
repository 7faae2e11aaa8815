/**
 * A daemon of another design than Linux, for tests: real vectors at once, from the top down, a
 * flag instead of a count, moves at once, and no call for raw messages. It knows no device
 * registers and shows nothing beside its answers.
 */
import { admitted, allLayers, capacity, flagOf } from "../../../spec/irq/driver/judging.js";
import type { Command, Config, Mode, Response } from "../../../spec/irq/driver/vocabulary.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;
type Pair = { cpu: number; vector: number };
type Slot = {
  at: Pair;
  /** Left behind by a move; `done` once an interrupt came on the new pair. */
  old: (Pair & { done: boolean }) | undefined;
  enabled: boolean;
  flag: boolean;
  waiting: boolean;
};
type Device = {
  driver: number;
  quirks: number;
  mode: Mode;
  slots: (Slot | undefined)[];
  masked: boolean;
};

const refused = (error: "EINVAL" | "ENOSPC" | "EBUSY" | "ENODEV"): Response => ({
  kind: "failed",
  error,
});
const done: Response = { kind: "done" };
const key = ({ cpu, vector }: Pair): number => cpu * 256 + vector;

export class Stranger {
  readonly #config: Config;
  #devices: Device[] = [];
  #owned = new Set<number>();

  constructor(config: Config) {
    this.#config = config;
    this.reset();
  }

  reset(): void {
    this.#owned = new Set();
    this.#devices = this.#config.devices.map(() => ({
      driver: -1,
      quirks: 0,
      mode: "none",
      slots: [],
      masked: false,
    }));
  }

  observe(): undefined {
    return undefined;
  }

  apply(command: unknown): Response {
    const c = command as Command;
    switch (c.kind) {
      case "event":
        return done;
      case "tick":
        return this.#tick();
      case "interrupt":
        return this.#interrupt(c);
      case "crash":
        for (const device of this.#devices) if (device.driver === c.driver) this.#close(device);
        return done;
      default:
        return this.#call(c, this.#devices[c.device] as Device);
    }
  }

  #call(
    c: Exclude<Command, Of<"event" | "tick" | "interrupt" | "crash">>,
    device: Device,
  ): Response {
    if (c.kind === "attach") {
      Object.assign(device, { driver: c.driver, quirks: allLayers(c.layers) });
      return done;
    }
    if (device.driver < 0) return c.kind === "line" ? { kind: "spurious" } : refused("ENODEV");
    switch (c.kind) {
      case "query":
        return this.#query(c.device, device);
      case "alloc":
        return this.#alloc(c, device);
      case "releaseAll":
        this.#free(device);
        return done;
      case "close":
        this.#close(device);
        return done;
      case "program":
        return { kind: "refused" };
      case "line":
        return this.#line(c.device, device);
      default: {
        const slot = device.slots[c.index];
        return slot === undefined ? refused("EINVAL") : this.#use(c, device, slot);
      }
    }
  }

  #use(
    c: Of<"enable" | "disable" | "wait" | "ack" | "setAffinity" | "release">,
    device: Device,
    slot: Slot,
  ): Response {
    switch (c.kind) {
      case "enable":
        slot.enabled = true;
        return { kind: "at", ...slot.at };
      case "disable":
        Object.assign(slot, { enabled: false, flag: false, waiting: false });
        return done;
      case "wait": {
        const { flag } = slot;
        Object.assign(slot, { flag: false, waiting: !flag });
        return flag ? { kind: "events", count: 1 } : { kind: "blocked" };
      }
      case "ack":
        device.masked = false;
        return done;
      case "release":
        this.#drop(slot);
        device.slots[c.index] = undefined;
        return done;
      case "setAffinity": {
        if (c.cpus.includes(slot.at.cpu)) return { kind: "at", ...slot.at };
        if (slot.old !== undefined) return refused("EBUSY");
        const at = this.#take(c.cpus);
        if (at === undefined) return refused("ENOSPC");
        // What is masked sends nothing: there is nothing to wait for.
        const shape = this.#config.devices[c.device];
        const bare = shape?.capabilities.some((cap) => cap.kind === "msi" && !cap.maskable);
        if (slot.enabled || (device.mode === "msi" && bare)) slot.old = { ...slot.at, done: false };
        else this.#owned.delete(key(slot.at));
        slot.at = at;
        return { kind: "at", ...at };
      }
    }
  }

  #take(cpus: readonly number[]): Pair | undefined {
    for (let vector = this.#config.vectorEnd - 1; vector >= this.#config.vectorStart; vector--) {
      for (const cpu of cpus) {
        if (this.#owned.has(key({ cpu, vector }))) continue;
        this.#owned.add(key({ cpu, vector }));
        return { cpu, vector };
      }
    }
    return undefined;
  }

  #drop(slot: Slot): void {
    this.#owned.delete(key(slot.at));
    if (slot.old !== undefined) this.#owned.delete(key(slot.old));
  }

  #free(device: Device): void {
    if (device.mode !== "legacy") for (const slot of device.slots) if (slot) this.#drop(slot);
    Object.assign(device, { mode: "none", slots: [], masked: false });
  }

  #close(device: Device): void {
    this.#free(device);
    Object.assign(device, { driver: -1, quirks: 0 });
  }

  #query(n: number, { quirks, mode, slots }: Device): Response {
    const shape = this.#config.devices[n];
    const has = (m: "msix" | "msi"): number => (admitted(quirks, m) ? capacity(shape, m) : 0);
    const count = slots.filter((slot) => slot !== undefined).length;
    const legacy = capacity(shape, "legacy") > 0;
    return { kind: "support", msix: has("msix"), msi: has("msi"), legacy, mode, count };
  }

  #alloc(c: Of<"alloc">, device: Device): Response {
    if (device.mode !== "none") return refused("EBUSY");
    if (c.min > c.max || c.min < 1) return refused("EINVAL");
    const shape = this.#config.devices[c.device];
    const all = this.#config.apicIds.map((_id, cpu) => cpu);
    const lists = { reserved: [], indices: [] };
    for (const mode of ["msix", "msi"] as const) {
      if ((c.modes & flagOf[mode]) === 0 || !admitted(device.quirks, mode)) continue;
      const most = Math.min(c.max, mode === "msi" ? 1 : c.max, capacity(shape, mode));
      const pairs: Pair[] = [];
      for (let i = 0; i < most; i++) {
        const queue = c.spread && i >= c.pre && i - c.pre < all.length;
        const pair = this.#take(queue ? [i - c.pre] : all);
        if (pair === undefined) break;
        pairs.push(pair);
      }
      if (pairs.length < c.min) {
        for (const pair of pairs) this.#owned.delete(key(pair));
        continue;
      }
      device.mode = mode;
      device.slots = pairs.map((at) => this.#slot(at));
      const cpus = pairs.map(({ cpu }) => cpu);
      const vectors = pairs.map(({ vector }) => vector);
      return { kind: "granted", mode, count: pairs.length, cpus, vectors, ...lists };
    }
    const pin = (c.modes & flagOf.legacy) !== 0 && c.min === 1 && capacity(shape, "legacy") > 0;
    if (!pin) return refused("ENOSPC");
    device.mode = "legacy";
    device.slots = [this.#slot({ cpu: 0, vector: 0 })];
    return { kind: "granted", mode: "legacy", count: 1, cpus: [], vectors: [], ...lists };
  }

  #slot(at: Pair): Slot {
    return { at, old: undefined, enabled: false, flag: false, waiting: false };
  }

  #notify(n: number, index: number, slot: Slot): Response {
    const handled = slot.enabled;
    const woken = handled && slot.waiting;
    if (handled) Object.assign(slot, { flag: true, waiting: false });
    return { kind: "delivered", device: n, index, handled, woken, ...slot.at };
  }

  #interrupt(c: Of<"interrupt">): Response {
    for (let n = 0; n < this.#devices.length; n++) {
      const { mode, slots } = this.#devices[n] as Device;
      if (mode === "legacy") continue;
      for (let index = 0; index < slots.length; index++) {
        const slot = slots[index];
        if (slot === undefined) continue;
        const now = key(slot.at) === key(c);
        if (now && slot.old !== undefined) slot.old.done = true;
        if (now || (slot.old !== undefined && key(slot.old) === key(c))) {
          return this.#notify(n, index, slot);
        }
      }
    }
    return { kind: "spurious" };
  }

  #line(n: number, device: Device): Response {
    const slot = device.slots[0];
    if (device.mode !== "legacy" || slot?.enabled !== true || device.masked) {
      return { kind: "spurious" };
    }
    device.masked = true;
    return this.#notify(n, 0, slot);
  }

  #tick(): Response {
    const devices: number[] = [];
    const indices: number[] = [];
    this.#devices.forEach(({ slots }, device) => {
      slots.forEach((slot, index) => {
        if (slot?.old?.done !== true) return;
        this.#owned.delete(key(slot.old));
        slot.old = undefined;
        devices.push(device);
        indices.push(index);
      });
    });
    return { kind: "cleaned", devices, indices };
  }
}
