import type {
  Command,
  Config,
  MatrixView,
  Response,
} from "../../../../spec/irq/vector-matrix/allocator/vocabulary.js";

/** Sorted numbers as ranges: "0-3,7". */
export const ranges = (numbers: readonly number[]): string => {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j + 1 < sorted.length && sorted[j + 1] === (sorted[j] as number) + 1) j++;
    parts.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return `{${parts.join(",")}}`;
};

const vectorsOf = (config: Config, has: (vector: number) => boolean): string => {
  const list: number[] = [];
  for (let v = 0; v <= config.bits; v++) if (has(v)) list.push(v);
  return ranges(list);
};

/** Flat form of a state; keys name a counter or a map, CPUs in brackets. */
export const describe = (config: Config, view: MatrixView): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  lines.set("global available", `${view.globalAvailable}`);
  lines.set("global reserved", `${view.globalReserved}`);
  lines.set("total allocated", `${view.totalAllocated}`);
  lines.set("online CPUs", `${view.onlineMaps}`);
  lines.set(
    "system",
    vectorsOf(config, (v) => view.isSystem(v)),
  );
  for (let cpu = 0; cpu < config.cpus; cpu++) {
    lines.set(`online[${cpu}]`, `${view.online(cpu)}`);
    lines.set(`available[${cpu}]`, `${view.available(cpu)}`);
    lines.set(`allocated[${cpu}]`, `${view.allocated(cpu)}`);
    lines.set(`managed[${cpu}]`, `${view.managed(cpu)}`);
    lines.set(`managed allocated[${cpu}]`, `${view.managedAllocated(cpu)}`);
    lines.set(
      `alloc map[${cpu}]`,
      vectorsOf(config, (v) => view.isAllocated(cpu, v)),
    );
    lines.set(
      `managed map[${cpu}]`,
      vectorsOf(config, (v) => view.isManaged(cpu, v)),
    );
  }
  return lines;
};

export const commandText = (command: Command): string => {
  const { kind, ...fields } = command;
  const parts = Object.entries(fields).map(([name, value]) =>
    Array.isArray(value) ? `${name}=${ranges(value as number[])}` : `${name}=${String(value)}`,
  );
  return [kind, ...parts].join(" ");
};

export const responseText = (response: Response): string => {
  switch (response.kind) {
    case "allocated":
      return `allocated cpu=${response.cpu} vector=${response.vector}`;
    case "reservedManaged":
    case "removedManaged":
      return `${response.kind} vectors=${response.vectors.map((v) => v ?? "none").join(",")}`;
    case "failed":
      return response.error;
    case "count":
      return `${response.value}`;
    default:
      return response.kind;
  }
};
