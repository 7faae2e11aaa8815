import * as t from "io-ts";
import type { Choices } from "../../../spec/core/choices.js";
import { pickKind } from "../../engine/random.js";
import type { Drawing, Generator, Subsystem } from "../../subsystem.js";
import { clauses } from "./clauses.js";
import { PackedCommon } from "./packed.js";
import { fingerprint, model, type State } from "./step.js";
import { type Bug, Command, type CommonView, Config, Response } from "./vocabulary.js";

/** S and R of the published figures, M one size up, and the size of real hardware. */
export const sizes = {
  S: { cpus: 3, vectors: 3, threads: 0 },
  R: { cpus: 2, vectors: 3, threads: 2 },
  M: { cpus: 3, vectors: 4, threads: 0 },
  real: { cpus: 4, vectors: 224, threads: 0 },
} as const satisfies Record<string, Config>;

type Table = { readonly [K in Command["kind"]]: readonly Extract<Command, { kind: K }>[] };

const range = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_x, i) => make(i));

/** Every command of a configuration, made once: a draw allocates nothing. */
const makeTable = ({ cpus, vectors, threads }: Config): Table => {
  const masks = range((1 << cpus) - 1, (i) => i + 1);
  return {
    alloc: masks.map((mask) => ({ kind: "alloc", mask })),
    free: range(cpus * vectors, (i) => ({
      kind: "free",
      cpu: Math.floor(i / vectors),
      vector: i % vectors,
    })),
    offline: range(cpus, (cpu) => ({ kind: "offline", cpu })),
    online: range(cpus, (cpu) => ({ kind: "online", cpu })),
    sysres: range(vectors, (vector) => ({ kind: "sysres", vector })),
    sysfree: range(vectors, (vector) => ({ kind: "sysfree", vector })),
    mres: masks.map((mask) => ({ kind: "mres", mask })),
    mfree: masks.map((mask) => ({ kind: "mfree", mask })),
    malloc: masks.map((mask) => ({ kind: "malloc", mask })),
    begin: range(threads, (thread) =>
      masks.map((mask) => ({ kind: "begin", thread, mask })),
    ).flat() as Extract<Command, { kind: "begin" }>[],
    commit: range(threads, (thread) => ({ kind: "commit", thread })),
  };
};

const tables = new WeakMap<Config, Table>();
const tableOf = (config: Config): Table => {
  let table = tables.get(config);
  if (table === undefined) {
    table = makeTable(config);
    tables.set(config, table);
  }
  return table;
};

export const allCommands = (config: Config): readonly Command[] =>
  Object.values(tableOf(config)).flat();

const draw = (choices: Choices, d: Drawing<Config, CommonView>): Command => {
  const table = tableOf(d.config);
  const kind = pickKind(choices, d.weights) as Command["kind"];
  if (kind === "free") {
    // Most frees give back what is held; the rest are the caller's mistakes.
    const cpu = choices.below(d.config.cpus);
    const from = choices.below(d.config.vectors);
    const held = choices.below(4) === 0 ? -1 : d.view.nextInUse(cpu, from);
    return table.free[cpu * d.config.vectors + (held < 0 ? from : held)] as Command;
  }
  const list: readonly Command[] = table[kind];
  // A configuration without threads has no command of these kinds.
  return list.length === 0
    ? (table.alloc[0] as Command)
    : (list[choices.below(list.length)] as Command);
};

const generator: Generator<Config, Command, CommonView> = {
  weights: {
    alloc: 30,
    free: 20,
    offline: 4,
    online: 6,
    sysres: 4,
    sysfree: 4,
    mres: 6,
    mfree: 6,
    malloc: 10,
    begin: 10,
    commit: 8,
  },
  subsets: {},
  draw,
  enabled: () => true,
};

/** Bit c of a mask moves to bit p[c]. */
const relabelMask = (mask: number, p: Int32Array): number => {
  let result = 0;
  for (let cpu = 0; cpu < p.length; cpu++) result |= ((mask >> cpu) & 1) << (p[cpu] as number);
  return result;
};

/** The common specification, right or with one of its seeded bugs. */
export const common = (bug?: Bug): Subsystem<Config, State, Command, Response, CommonView> => ({
  path: "bench/common",
  title: "the common specification of the benchmark",
  codecs: { config: Config, command: Command, response: Response },
  commandKinds: Command.kinds,
  observables: [],
  clauses,
  model,
  packed: (config) => new PackedCommon(config, bug),
  fingerprint,
  sameResponse: (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b),
  checkConfig: () => undefined,
  checkCommand: () => undefined,
  generator,
  features: [],
  faults: [],
  faultConfig: sizes.S,
  campaigns: [],
  explorations: [],
  observation: {
    codec: t.null,
    encode: () => null,
    decode: (_config, _value, _where, tracked) => tracked,
  },
  relabel: (command, p) => {
    if ("mask" in command) return { ...command, mask: relabelMask(command.mask, p) };
    return "cpu" in command ? { ...command, cpu: p[command.cpu] as number } : command;
  },
  describe: (config, view) =>
    new Map(
      range(config.cpus, (cpu) => [
        `cpu ${cpu}`,
        range(config.vectors, (vector) => view.slot(cpu, vector)).join(" "),
      ]),
    ),
  commandText: (command) => JSON.stringify(command),
  responseText: (response) => JSON.stringify(response),
});
