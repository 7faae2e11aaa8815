/** Faults on the way from the device to the handler. */
import { withSlot } from "../../../models/irq/vector-matrix/assignment/state.js";
import { meaningOf } from "../../../spec/irq/domain/platform.js";
import { SLOT_UNUSED } from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { intel } from "./configs.js";
import { strayFaults } from "./dispatch-faults.js";
import {
  after,
  changing,
  contract,
  type DomainFault,
  dropping,
  eoiOf,
  isIpi,
  withBus,
} from "./fault-tools.js";

/** Address bits [19:12]. */
const DESTINATION = 0xff000;

export const pathFaults: readonly DomainFault[] = [
  ...strayFaults,
  contract(
    "E2E-1",
    "cpu-number-as-destination",
    "messages carry the number of the CPU instead of its APIC id",
    changing(["alloc", "startup", "take", "cpuDown"], (r, _command, _before, config) => {
      let changed = false;
      const writes = r.bus.map((w) => {
        const meaning = meaningOf(config, w);
        if (meaning.kind !== "message" || w.value >>> 20 !== 0xfee) return w;
        const cpu = config.apicIds.indexOf((w.value & DESTINATION) >>> 12);
        changed = true;
        return { ...w, value: ((w.value & ~DESTINATION) | (Math.max(cpu, 0) << 12)) >>> 0 };
      });
      return changed ? withBus(r, writes) : undefined;
    }),
  ),
  contract(
    "E2E-3",
    "disabled-event-forgotten",
    "what arrives while an interrupt is disabled is ended and not remembered",
    changing(["take"], (r, command) =>
      command.kind === "take" && r.kind === "held"
        ? withBus({ kind: "stray", reported: true, bus: [] }, [eoiOf(command.cpu)])
        : undefined,
    ),
  ),
  contract(
    "E2E-6",
    "mask-not-written",
    "an interrupt is masked in the kernel's own books alone",
    dropping(["mask"], (m) => m.kind === "mask"),
  ),
  contract(
    "E2E-6-U",
    "unmask-not-written",
    "an interrupt is unmasked in the kernel's own books alone",
    dropping(["unmask"], (m) => m.kind === "mask"),
  ),
  contract(
    "E2E-7",
    "old-slot-cleared-at-move",
    "the old slot is emptied as soon as the new pair is programmed",
    after((_config, before, command, right) => {
      if (command.kind !== "setAffinity" || right.response.kind !== "at") return right;
      const was = before.vectors.irqs[command.irq];
      const is = right.state.vectors.irqs[command.irq];
      if (was === undefined || is === undefined || was.vector === 0) return right;
      if (was.cpu === is.cpu && was.vector === is.vector) return right;
      const vectors = withSlot(right.state.vectors, was.cpu, was.vector, SLOT_UNUSED);
      return { ...right, state: { ...right.state, vectors } };
    }),
    { config: intel },
  ),
  contract(
    "E2E-8",
    "requests-left-on-dead-cpu",
    "what waits in the local APIC of a CPU that goes down is not sent on",
    dropping(["cpuDown"], (m, w) => isIpi(m, w)),
  ),
  contract(
    "E2E-8",
    "apic-off-before-scan",
    "the local APIC is switched off before what waits in it is sent on",
    changing(["cpuDown"], (r) => {
      if (r.kind !== "moved") return undefined;
      const writes = r.bus;
      const off = writes.filter((w) => w.space === "apic" && w.offset === 0xf0);
      const rest = writes.filter((w) => w.space !== "apic");
      // Switched off, it sends no interprocessor interrupt either.
      return withBus(r, [...rest, ...off]);
    }),
  ),
  contract(
    "E2E-10",
    "freed-but-live",
    "an interrupt is freed with its message and its mask as they were",
    dropping(["shutdown", "free"], (m) => m.kind !== "eoi" && m.kind !== "ipi"),
  ),
];
