/** What seeded faults of local APICs are built from. */
import type { LocalApic } from "../../../models/hardware/local-apic/index.js";
import { type Machine, step, withApic } from "../../../models/hardware/machine/index.js";
import type { ApicQuirk } from "../../../spec/hardware/local-apic/quirks.js";
import type { Command, Config } from "../../../spec/hardware/machine/vocabulary.js";
import * as configs from "../machine/configs.js";
import { after } from "../pci/fault-kit.js";

type Outcome = ReturnType<typeof step>;
type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

/** Two CPUs, so that the same one is met often. */
export const two: Config = { ...configs.apicsAlone, apicIds: [0, 1] };

/** Changes the APIC that a command of these kinds names, after the right step. */
export const onApic = <K extends "take" | "acknowledge" | "eoi" | "writeApic" | "readApic">(
  kinds: readonly K[],
  change: (before: LocalApic, right: LocalApic, command: Of<K>, answer: Outcome) => LocalApic,
) =>
  after((_config, before, command, right) => {
    if (!(kinds as readonly string[]).includes(command.kind)) return right;
    const { cpu } = command as Extract<Command, { cpu: number }>;
    const was = before.apics[cpu];
    const is = right.state.apics[cpu];
    if (was === undefined || is === undefined) return right;
    const changed = change(was, is, command as Of<K>, right);
    return { ...right, state: withApic(right.state, cpu, changed) };
  });

/** Changes every APIC after these commands. */
export const onAll = (
  kinds: readonly Command["kind"][],
  change: (before: LocalApic, right: LocalApic) => LocalApic,
) =>
  after((_config, before, command, right) =>
    kinds.includes(command.kind)
      ? {
          ...right,
          state: right.state.apics.reduce(
            (m: Machine, apic, cpu) => withApic(m, cpu, change(before.apics[cpu] ?? apic, apic)),
            right.state,
          ),
        }
      : right,
  );

/** A message is read in another way. */
export const misread = (change: (c: Of<"inject">) => Partial<Of<"inject">>) =>
  after((config, before, command, right) =>
    command.kind === "inject" ? step(config, before, { ...command, ...change(command) }) : right,
  );

/** The whole APIC of hardware that has one of QEMU's departures. */
export const withQuirk = (quirk: ApicQuirk) =>
  after((config, before, command) =>
    step({ ...config, quirks: [...config.quirks, quirk] }, before, command),
  );
