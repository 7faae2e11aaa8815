/** Faults in allocating, activating and releasing interrupts. */
import { linuxAsk } from "../../../models/irq/domain/layer.js";
import { plantOf } from "../../../models/irq/domain/plant.js";
import { settle } from "../../../models/irq/domain/settle.js";
import type { State } from "../../../models/irq/domain/state.js";
import { linuxStyle, make } from "../../../models/irq/domain/step.js";
import { vectorCommand } from "../../../models/irq/domain/vectors.js";
import { allocate } from "../../../models/irq/vector-matrix/allocator/step.js";
import { matrixFree } from "../../../models/irq/vector-matrix/assignment/assign.js";
import { linuxEnv } from "../../../models/irq/vector-matrix/assignment/env.js";
import { step as stepVectors } from "../../../models/irq/vector-matrix/assignment/step.js";
import type { Config } from "../../../spec/irq/domain/vocabulary.js";
import { amd, intel, machine, msix } from "./configs.js";
import {
  after,
  changing,
  contract,
  type DomainFault,
  dropping,
  linuxLevel,
  ofUnit,
  reordering,
} from "./fault-tools.js";

/** Fewer entries than interrupts. */
const shortTable: Config = { ...intel, tableEntries: 2 };

/** One CPU, as many vectors as interrupts: what is given back is soon given out. */
const crowded: Config = { ...machine(1, 2, [msix(0x0100, 2)]), lines: [] };

/** The released bit of the owning CPU stays, the same bit of CPU 0 goes. */
const releasedOnBoot = (config: Config, before: State, right: State, irq: number): State => {
  const was = before.vectors.irqs[irq];
  if (was === undefined || was.vector === 0 || was.cpu === 0) return right;
  const below = plantOf(config).vectors;
  const now = right.vectors.irqs[irq];
  if (now !== undefined && now.vector !== 0) return right;
  const { state } = allocate(right.vectors.matrix, was.cpu, was.vector, false);
  const matrix = matrixFree(linuxEnv(below), state, 0, was.vector, was.managed);
  return { ...right, vectors: { ...right.vectors, matrix } };
};

export const domainFaults: readonly DomainFault[] = [
  contract(
    "DOM-1",
    "second-registration-accepted",
    "an interrupt that exists is allocated once more",
    changing(["alloc"], (r, command) =>
      r.kind === "failed" && r.error === "EBUSY" && command.kind === "alloc"
        ? {
            kind: "allocated",
            numbers: Array.from({ length: command.count }, (_x, i) => 100 + i),
            cpus: [],
            vectors: [],
            reserved: [],
            indices: [],
            bus: [],
          }
        : undefined,
    ),
  ),
  contract(
    "DOM-1-N",
    "number-reused",
    "every device counts its interrupt numbers from zero",
    changing(["alloc"], (r) =>
      r.kind === "allocated" ? { ...r, numbers: r.numbers.map((_n, i) => i) } : undefined,
    ),
  ),
  linuxLevel(
    "DOM-1-L",
    "einval-for-everything",
    "whatever is wrong with a request, the error is EINVAL",
    changing(["alloc"], (r) => (r.kind === "failed" ? { ...r, error: "EINVAL" } : undefined)),
  ),
  contract(
    "DOM-2",
    "irte-written-after-message",
    "the device gets its message before the remapping entry is written",
    reordering(["alloc", "startup"], ofUnit, false),
    { config: intel },
  ),
  contract(
    "DOM-2-R",
    "vectors-kept-when-the-table-is-full",
    "vectors that were taken are not given back when no remapping entry is left",
    after((config, before, command, right) => {
      if (command.kind !== "alloc" || right.response.kind !== "failed") return right;
      if (right.response.error !== "ENOMEM") return right;
      const asked = vectorCommand(config, before, command);
      if (asked === undefined) return right;
      const { matrix } = linuxAsk(config)(before.vectors, asked).state;
      return { ...right, state: { ...right.state, vectors: { ...right.state.vectors, matrix } } };
    }),
    { config: shortTable },
  ),
  contract(
    "DOM-2-D",
    "entry-cleared-before-device",
    "the remapping entry is cleared while the device still raises",
    reordering(["shutdown", "free"], ofUnit, true),
    { config: intel },
  ),
  contract(
    "DOM-3",
    "device-update-forgotten",
    "a move changes the tables, and the device keeps its old message",
    dropping(["take", "resume", "cpuDown"], (m) => m.kind === "message"),
  ),
  contract(
    "DOM-3",
    "entry-not-invalidated",
    "a remapping entry is rewritten and what the unit has cached of it is used on",
    dropping(["startup", "setAffinity", "cpuDown"], (_m, w) => w.space === "remapping"),
    { config: intel },
  ),
  linuxLevel(
    "DOM-4",
    "message-left-at-deactivation",
    "a deactivated interrupt keeps its message in the device",
    dropping(["shutdown", "free"], (m) => m.kind === "message"),
  ),
  contract(
    "DOM-5",
    "device-left-enabled-at-free",
    "interrupts are freed and the device goes on raising them",
    dropping(["free"], (m) => m.kind === "mask" || m.kind === "control"),
  ),
  contract(
    "DOM-5",
    "entry-left-at-free",
    "the remapping entry of a freed interrupt stays present",
    dropping(["shutdown", "free"], (_m, w) => ofUnit(w)),
    { config: amd },
  ),
  contract(
    "DOM-5-V",
    "released-on-boot-cpu",
    "the vector is given back on the boot CPU instead of the CPU that had it",
    after((config, before, command, right) =>
      command.kind === "shutdown" || command.kind === "free"
        ? { ...right, state: releasedOnBoot(config, before, right.state, command.irq) }
        : right,
    ),
  ),
  contract(
    "DOM-5-V",
    "release-ors-the-bit",
    "giving a vector back sets its bit again instead of clearing it",
    after((_config, before, command, right) => {
      if (command.kind !== "shutdown" && command.kind !== "free") return right;
      const was = before.vectors.irqs[command.irq];
      const now = right.state.vectors.irqs[command.irq];
      if (was === undefined || was.vector === 0 || (now?.vector ?? 0) !== 0) return right;
      const { state: matrix } = allocate(right.state.vectors.matrix, was.cpu, was.vector, false);
      return { ...right, state: { ...right.state, vectors: { ...right.state.vectors, matrix } } };
    }),
  ),
  contract(
    "DOM-5-F",
    "vector-handed-on-in-flight",
    "a vector is given to the next interrupt while a request of the last one waits",
    (model) => ({
      ...model,
      step: (config, state, command) => {
        const below = plantOf(config).vectors;
        const made = make(
          config,
          state,
          command,
          (vectors, asked) => stepVectors(below, vectors, asked),
          linuxStyle,
        );
        return { state: settle(config, state, command, made), response: made.response };
      },
    }),
    { config: crowded },
  ),
];
