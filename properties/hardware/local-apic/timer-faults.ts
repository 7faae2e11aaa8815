/** Faults of the timer of the local APIC. */
import type { LocalApic } from "../../../models/hardware/local-apic/index.js";
import { type Machine, step, withApic } from "../../../models/hardware/machine/index.js";
import * as reg from "../../../spec/hardware/local-apic/registers.js";
import { after, contract, type MachineFault } from "../pci/fault-kit.js";
import { onAll, onApic, two } from "./fault-kit.js";

/** Every APIC of the machine in another form. */
const each = (m: Machine, change: (apic: LocalApic, cpu: number) => LocalApic): Machine =>
  m.apics.reduce((next: Machine, apic, cpu) => withApic(next, cpu, change(apic, cpu)), m);

/** Time passes as if the APICs were in another form, which they leave again afterwards. */
const passing = (
  tamper: (apic: LocalApic) => LocalApic,
  mend: (after: LocalApic, before: LocalApic) => LocalApic,
) =>
  after((config, before, command, right) => {
    if (command.kind !== "advance") return right;
    const done = step(config, each(before, tamper), command);
    const state = each(done.state, (apic, cpu) => mend(apic, before.apics[cpu] ?? apic));
    return { ...done, state };
  });

const mode = (apic: LocalApic): number => ((apic.lvt[0] ?? 0) >>> reg.LVT_MODE_SHIFT) & 3;
const entry = (apic: LocalApic, value: number): LocalApic => ({
  ...apic,
  lvt: [value, ...apic.lvt.slice(1)],
});

export const timerFaults: readonly MachineFault[] = [
  contract(
    "HW-APIC-21",
    "divisor-ignored",
    "the count goes down at every clock of the bus, whatever the divisor",
    passing(
      (apic) => ({ ...apic, timer: { ...apic.timer, divide: 0xb, phase: 0 } }),
      (apic, before) => ({ ...apic, timer: { ...apic.timer, divide: before.timer.divide } }),
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-22",
    "one-shot-silent",
    "the expiry of a one-shot count requests nothing",
    onAll(["advance"], (before, right) =>
      mode(before) === reg.ONE_SHOT ? { ...right, irr: before.irr } : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-23",
    "masked-timer-requests",
    "the mask of the timer's entry is not looked at",
    passing(
      (apic) => entry(apic, (apic.lvt[0] ?? 0) & ~reg.LVT_MASKED),
      (apic, before) => ({ ...apic, lvt: before.lvt }),
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-24",
    "running-count-goes-on",
    "a write to the initial count takes effect at the next reload only",
    onApic(["writeApic"], (before, right, c) =>
      c.offset === reg.INITIAL_COUNT && before.timer.count > 0
        ? { ...right, timer: { ...right.timer, count: before.timer.count } }
        : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-25",
    "deadline-stays-armed",
    "a deadline that fired stays in its register",
    onAll(["advance"], (before, right) => ({
      ...right,
      timer: { ...right.timer, deadline: before.timer.deadline },
    })),
    { config: two },
  ),
  contract(
    "HW-APIC-26",
    "past-deadline-missed",
    "a deadline that is past when it is written never fires",
    onApic(["writeApic"], (before, right, c) =>
      c.offset === reg.DEADLINE_LOW ? { ...right, irr: before.irr } : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-27",
    "mode-change-runs-on",
    "a change of the timer's mode leaves it armed",
    onApic(["writeApic"], (before, right, c) =>
      c.offset === reg.LVT_TIMER ? { ...right, timer: before.timer } : right,
    ),
    { config: two },
  ),
];
