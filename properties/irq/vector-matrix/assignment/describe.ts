import {
  type Command,
  type Config,
  type Irq,
  type Response,
  SLOT_RETRIGGERED,
  SLOT_SHUTDOWN,
  type VectorView,
} from "../../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { ranges } from "../allocator/describe.js";

const slotText = (content: number): string => {
  if (content === SLOT_SHUTDOWN) return "shutdown";
  if (content === SLOT_RETRIGGERED) return "retriggered";
  return `irq ${content}`;
};

const pair = (cpu: number, vector: number): string => `CPU ${cpu} vector ${vector}`;

const irqLines = (n: number, irq: Irq): [string, string][] => [
  [`irq ${n}`, `${irq.managed ? "managed" : "normal"}${irq.maskable ? "" : ", not maskable"}`],
  [`irq ${n} at`, irq.vector === 0 ? "none" : pair(irq.cpu, irq.vector)],
  [`irq ${n} previous`, irq.prevVector === 0 ? "none" : pair(irq.prevCpu, irq.prevVector)],
  [`irq ${n} move`, irq.moveInProgress ? "in progress" : irq.listed ? "cleanup pending" : "none"],
  [`irq ${n} reserved`, `${irq.hasReserved}`],
  [`irq ${n} message`, pair(irq.message.dest, irq.message.vector).replace("CPU", "dest")],
  [`irq ${n} affinity`, ranges(irq.affinity)],
  [`irq ${n} effective`, ranges(irq.effective)],
  [`irq ${n} pending affinity`, irq.pending === undefined ? "none" : ranges(irq.pending)],
  [
    `irq ${n} state`,
    [
      irq.started ? "started" : "stopped",
      ...(irq.activated ? ["activated"] : []),
      ...(irq.managedShutdown ? ["managed shutdown"] : []),
      `depth ${irq.depth}`,
    ].join(", "),
  ],
  [`irq ${n} waited`, `${irq.waited}`],
];

/** Flat form of a state; keys name an interrupt's field or a CPU's part. */
export const describe = (config: Config, view: VectorView): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  lines.set("global available", `${view.matrix.globalAvailable}`);
  lines.set("global reserved", `${view.matrix.globalReserved}`);
  lines.set("total allocated", `${view.matrix.totalAllocated}`);
  for (let n = 0; n < config.irqs; n++) {
    const irq = view.irq(n);
    if (irq === undefined) continue;
    for (const [key, value] of irqLines(n, irq)) lines.set(key, value);
  }
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    lines.set(`online[${cpu}]`, `${view.online(cpu)}`);
    lines.set(`available[${cpu}]`, `${view.matrix.available(cpu)}`);
    lines.set(`pending[${cpu}]`, ranges(view.pendingVectors(cpu)));
    lines.set(`cleanup timer[${cpu}]`, view.timerArmed(cpu) ? "armed" : "idle");
    for (const [name, has] of [
      ["alloc map", (v: number) => view.matrix.isAllocated(cpu, v)],
      ["managed map", (v: number) => view.matrix.isManaged(cpu, v)],
    ] as const) {
      const vectors: number[] = [];
      for (let v = 0; v < config.bits; v++) if (has(v)) vectors.push(v);
      lines.set(`${name}[${cpu}]`, ranges(vectors));
    }
    for (let v = 0; v < config.bits; v++) {
      const content = view.slot(cpu, v);
      if (content !== -1) lines.set(`slot[${cpu}][${v}]`, slotText(content));
    }
  }
  lines.set(
    "writes",
    view.writes.map((w) => `irq ${w.irq} (${w.dest}, ${w.vector})`).join(" then ") || "none",
  );
  return lines;
};

const fieldText = (name: string, value: unknown): string => {
  if (Array.isArray(value)) return `${name}=${ranges(value as number[])}`;
  return value === true ? name : `${name}=${String(value)}`;
};

export const commandText = (command: Command): string => {
  const { kind, ...fields } = command;
  const parts = Object.entries(fields)
    .filter(([name, value]) => value !== false && !(name === "arriving" && isEmpty(value)))
    .map(([name, value]) => fieldText(name, value));
  return [kind, ...parts].join(" ");
};

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const at = (irqs: readonly number[], cpus: readonly number[], vectors: readonly number[]): string =>
  irqs.map((irq, i) => `irq ${irq} ${pair(cpus[i] ?? -1, vectors[i] ?? 0)}`).join(", ") || "none";

export const responseText = (response: Response): string => {
  switch (response.kind) {
    case "ready":
      return `ready ${response.cpus.map((c, i) => pair(c, response.vectors[i] ?? 0)).join(", ")}`;
    case "at":
      return response.prevCpu === undefined
        ? pair(response.cpu, response.vector)
        : `${pair(response.cpu, response.vector)} from ${pair(response.prevCpu, response.prevVector ?? 0)}`;
    case "delivered": {
      const how = response.handled ? "handled" : "not handled";
      const stray = response.stray === true ? ", once more here" : "";
      return `irq ${response.irq} ${how}, at ${pair(response.cpu, response.vector)}${stray}`;
    }
    case "cleaned":
      return `cleaned ${ranges(response.irqs)}`;
    case "released":
      return response.vectors.length === 0
        ? "released"
        : `released vectors=${response.vectors.map((v) => v ?? "none").join(",")}`;
    case "moved":
      return `moved ${at(response.irqs, response.cpus, response.vectors)}`;
    case "masks":
      return `${response.groups} groups ${response.masks.map((m) => ranges(m)).join(" ")}`;
    case "failed":
      return response.error;
    default:
      return response.kind;
  }
};
