/**
 * What a recorded Linux did, as commands for a system of one's own: the record is followed by the
 * models, and each operation that they find in it is a command with Linux's own answer.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  IDT_VECTORS,
  type Command as MatrixCommand,
  type Response as MatrixResponse,
} from "../../spec/irq/vector-matrix/allocator/vocabulary.js";
import { readFtrace } from "../../traces/format/ftrace.js";
import { E } from "../../traces/format/irq-events.js";
import { readSidecar, sidecarPath } from "../../traces/format/sidecar.js";
import { committedRecords } from "../check/records.js";
import { conformBuffer } from "../conform/conform.js";
import type { Observer } from "../conform/observer.js";
import { symbolic } from "../engine/replay.js";
import { base } from "../irq/msi-message/configs.js";
import { msiMessage } from "../irq/msi-message/subsystem.js";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import { packageRoot } from "../root.js";
import type { AnySubsystem } from "../subsystem.js";

export type RecordedCommands = {
  /** The record's file, as it is shown. */
  readonly name: string;
  readonly config: unknown;
  /** Earlier results named by reference. */
  readonly commands: readonly unknown[];
  /** What Linux answered, one a command. */
  readonly responses: readonly unknown[];
  readonly note?: string;
};

type Pair = { readonly issued: unknown; readonly response: unknown };

const silent: Observer = {
  matrix: () => {},
  created: () => {},
  removed: () => {},
  begins: () => {},
  ends: () => {},
};

/** Boot sets system vectors aside and brings up CPU 0: that is the configuration. */
const fromBoot = (pairs: readonly { issued: MatrixCommand; response: MatrixResponse }[]) => {
  const system: number[] = [];
  const online: number[] = [];
  let at = 0;
  for (; at < pairs.length; at++) {
    const { issued } = pairs[at] as (typeof pairs)[number];
    if (issued.kind === "assignSystem" && !issued.replace) system.push(issued.vector);
    else if (issued.kind === "online") {
      online.push(issued.cpu);
      at++;
      break;
    } else break;
  }
  return { system, online, rest: pairs.slice(at) };
};

const matrixCommands = async (name: string): Promise<RecordedCommands | undefined> => {
  const file = join(packageRoot(), name);
  const sidecar = await readSidecar(sidecarPath(file), file);
  const text = await promisify(gunzip)(await readFile(file));
  const pairs: { issued: MatrixCommand; response: MatrixResponse }[] = [];
  let cpus = 0;
  let hidden = 0;
  const result = conformBuffer(name, text, sidecar, (world) => {
    cpus = world.cpuCount;
    world.matrix.onStep = (command, response) => {
      const chosen = response.kind === "allocated" ? response.cpu : undefined;
      // Until this probe is armed a record shows what was chosen, and not out of which CPUs.
      const unseen = command.kind === "alloc" && !world.isArmed(E.mxAlloc) && chosen !== undefined;
      if (unseen) hidden++;
      const issued = unseen ? { ...command, cpus: [chosen] } : command;
      pairs.push({ issued, response });
    };
    return silent;
  });
  // Linux's answers are the models' as far as the record agrees with them, and no further.
  if (result.verdict !== "holds") return undefined;
  const { system, online, rest } = fromBoot(pairs);
  return {
    name,
    config: {
      cpus,
      bits: IDT_VECTORS,
      start: FIRST_DEVICE_VECTOR,
      end: FIRST_SYSTEM_VECTOR,
      system,
      online,
      scope: "per-cpu",
      hotplug: true,
    },
    commands: symbolic(allocator, rest),
    responses: rest.map(({ response }) => response),
    ...(hidden === 0
      ? {}
      : { note: `${hidden} masks are not in the record: the CPU that Linux chose stands there` }),
  };
};

/** Every message without remapping that a device was given, once for each vector and CPU. */
const messageCommands = async (name: string): Promise<RecordedCommands | undefined> => {
  const pairs = new Map<string, Pair>();
  /** By task and CPU: what is being composed there. */
  const open = new Map<string, { readonly vector: number; readonly dest: number }>();
  const ids = new Set<number>();
  await readFtrace(join(packageRoot(), name), {
    header: () => {},
    lost: () => {},
    event: ({ kind, cpu, pid, lo }) => {
      const context = `${cpu}/${pid}`;
      const at = (i: number): number => (lo[i] as number) >>> 0;
      if (kind === E.msiCompose && at(2) === 0) {
        open.set(context, { vector: at(0), dest: at(1) });
        return true;
      }
      const composed = open.get(context);
      open.delete(context);
      if (kind !== E.msiWrite || composed === undefined) return true;
      const { vector, dest } = composed;
      ids.add(dest);
      const message = { addressLo: at(1), addressHi: at(2), data: at(3) };
      pairs.set(`${vector} ${dest}`, {
        issued: { kind: "composeDest", dest, vector, logical: false },
        response: { kind: "message", ...message },
      });
      return true;
    },
  });
  if (pairs.size === 0) return undefined;
  const apicIds = [...ids].sort((a, b) => a - b);
  const recorded = [...pairs.values()];
  // The same interrupts by CPU, as the caller of a composer knows them.
  const byCpu = recorded.map(({ issued, response }): Pair => {
    const { dest, vector } = issued as { dest: number; vector: number };
    const started = vector < FIRST_SYSTEM_VECTOR;
    const cpu = apicIds.indexOf(dest);
    return { issued: { kind: "compose", cpu, vector, started }, response };
  });
  const all = [...recorded, ...byCpu];
  return {
    name,
    config: { ...base, apicIds },
    commands: all.map(({ issued }) => issued),
    responses: all.map(({ response }) => response),
  };
};

const makers: ReadonlyMap<string, (name: string) => Promise<RecordedCommands | undefined>> =
  new Map([
    [allocator.path, matrixCommands],
    [msiMessage.path, messageCommands],
  ]);

/** The committed records that say something of this subsystem. */
export const recordsFor = (subsystem: AnySubsystem): readonly string[] =>
  makers.has(subsystem.path) ? committedRecords() : [];

/** A record as commands; undefined where nothing in it is the subsystem's business. */
export const recordedCommands = async (
  subsystem: AnySubsystem,
  name: string,
): Promise<RecordedCommands | undefined> => makers.get(subsystem.path)?.(name);
