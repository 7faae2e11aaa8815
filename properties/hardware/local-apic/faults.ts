/** Faults of local APICs: arbitration, delivery, registers. Those of the timer are beside it. */
import {
  highest,
  type LocalApic,
  ppr,
  vectorsOf,
  withBit,
} from "../../../models/hardware/local-apic/index.js";
import { phantom, step, withApic } from "../../../models/hardware/machine/index.js";
import * as reg from "../../../spec/hardware/local-apic/registers.js";
import type { Command } from "../../../spec/hardware/machine/vocabulary.js";
import * as configs from "../machine/configs.js";
import { after, contract, type MachineFault } from "../pci/fault-kit.js";
import { misread, onAll, onApic, two, withQuirk } from "./fault-kit.js";
import { timerFaults } from "./timer-faults.js";

/** A CPU takes what `offers` says, by whatever rule. */
const taking = (offers: (apic: LocalApic) => number) =>
  after((_config, before, command, right) => {
    if (command.kind !== "take") return right;
    const apic = before.apics[command.cpu];
    const vector = apic === undefined || (apic.svr & reg.SVR_ENABLE) === 0 ? -1 : offers(apic);
    if (apic === undefined || vector < 0) return right;
    const taken = {
      ...apic,
      irr: withBit(apic.irr, vector, false),
      isr: withBit(apic.isr, vector, true),
    };
    return {
      state: withApic(right.state, command.cpu, taken),
      response: { kind: "taken", vector },
    };
  });

const arriving: readonly Command["kind"][] = ["inject", "event", "release", "phantom"];

const priorityFaults: readonly MachineFault[] = [
  contract(
    "DISP-7",
    "subclass-compared",
    "a request is compared with PPR by all eight bits, so vectors of one class nest",
    taking((apic) => (highest(apic.irr) > ppr(apic) ? highest(apic.irr) : -1)),
    { config: two },
  ),
  contract(
    "DISP-7",
    "tpr-ignored",
    "the task priority keeps nothing back",
    taking((apic) =>
      highest(apic.irr) >>> 4 > Math.max(highest(apic.isr), 0) >>> 4 ? highest(apic.irr) : -1,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-1",
    "request-stays",
    "the bit in IRR stays when its interrupt is taken",
    onApic(["take"], (before, right) => ({ ...right, irr: before.irr })),
    { config: two },
  ),
  contract(
    "HW-APIC-2",
    "eoi-ends-the-lowest",
    "an EOI clears the lowest bit in service",
    onApic(["eoi"], (before) => {
      const [lowest] = vectorsOf(before.isr);
      return lowest === undefined ? before : { ...before, isr: withBit(before.isr, lowest, false) };
    }),
    { config: two },
  ),
  contract(
    "HW-APIC-3",
    "in-service-not-counted",
    "PPR is TPR, so that a CPU is interrupted by what it serves",
    taking((apic) => (highest(apic.irr) >>> 4 > apic.tpr >>> 4 ? highest(apic.irr) : -1)),
    { config: two },
  ),
  contract(
    "HW-APIC-4",
    "spurious-in-service",
    "the spurious vector is put in service as if it had been requested",
    onApic(["acknowledge"], (before, right, _c, { response }) =>
      response.kind === "spurious"
        ? { ...right, isr: withBit(before.isr, response.vector, true) }
        : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-5",
    "second-event-lost",
    "an interrupt that comes while its vector is in service is dropped",
    onAll(arriving, (before, right) => ({
      ...right,
      irr: right.irr.map((w, i) => w & ~((before.isr[i] as number) & ~(before.irr[i] as number))),
    })),
    { config: two },
  ),
  contract(
    "HW-APIC-6",
    "looking-drops",
    "a CPU that finds nothing it may take drops the highest request",
    onApic(["take"], (before, right, _c, { response }) =>
      response.kind === "nothing" && highest(before.irr) >= 0
        ? { ...right, irr: withBit(before.irr, highest(before.irr), false) }
        : right,
    ),
    { config: two },
  ),
];

const deliveryFaults: readonly MachineFault[] = [
  contract(
    "HW-APIC-7",
    "logical-as-physical",
    "a logical destination is taken for an APIC id",
    misread((c) => ({ addressLo: (c.addressLo & ~4) >>> 0 })),
    { config: two },
  ),
  contract(
    "HW-APIC-8",
    "low-vectors-accepted",
    "vectors below 16 are requested like any other",
    withQuirk("apic-accepts-low-vectors"),
    { config: two },
  ),
  contract(
    "HW-APIC-9",
    "edge-leaves-tmr",
    "an edge interrupt leaves the bit of TMR that a level one has set",
    onAll(arriving, (before, right) => ({
      ...right,
      tmr: right.tmr.map((w, i) => w | (before.tmr[i] as number)),
    })),
    { config: two },
  ),
  contract(
    "HW-APIC-10",
    "accepted-while-disabled",
    "an APIC that SVR disables goes on accepting interrupts",
    withQuirk("apic-accepts-while-disabled"),
    { config: configs.apicsOff },
  ),
  contract(
    "HW-APIC-11",
    "lowest-to-all",
    "a lowest-priority message is given to every member of the set",
    misread((c) => ({ addressLo: (c.addressLo & ~8) >>> 0, data: c.data & ~0x700 })),
    { config: two },
  ),
  contract(
    "HW-APIC-12",
    "others-with-self",
    "the shorthand for all others reaches the sender too",
    after((config, before, command, right) =>
      command.kind === "writeApic" &&
      command.offset === reg.ICR_LOW &&
      (command.value & 0xc0000) === 0xc0000
        ? step(config, before, { ...command, value: (command.value & ~0x40000) >>> 0 })
        : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-13",
    "low-ipi-sent",
    "an IPI of a vector below 16 is put into the sender's IRR",
    after((config, _before, command, right) => {
      if (command.kind !== "writeApic" || command.offset !== reg.ICR_LOW) return right;
      const { value } = command;
      if ((value & 0xff) >= 16 || (value & 0x600) !== 0) return right;
      const quirks = [...config.quirks, "apic-accepts-low-vectors"];
      const state = phantom({ ...config, quirks }, right.state, command.cpu, value & 0xff);
      return { ...right, state };
    }),
    { config: two },
  ),
  contract(
    "HW-APIC-14",
    "delivery-mode-ignored",
    "every message is a fixed interrupt, whatever its delivery mode",
    misread((c) => ({ data: c.data & ~0x700 })),
    { config: two },
  ),
  contract(
    "HW-APIC-15",
    "init-keeps-lvt",
    "INIT leaves the LVT as it was",
    onAll(["inject", "writeApic"], (before, right) =>
      right.svr === 0xff && right.lvt !== before.lvt && right.events !== before.events
        ? { ...right, lvt: before.lvt }
        : right,
    ),
    { config: two },
  ),
];

const registerFaults: readonly MachineFault[] = [
  contract(
    "HW-APIC-16",
    "reserved-bits-kept",
    "the logical destination register keeps all of what is written",
    onApic(["writeApic"], (_before, right, c) =>
      c.offset === reg.LDR ? { ...right, ldr: c.value } : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-17",
    "lvt-open-while-disabled",
    "disabling the APIC leaves the LVT entries unmasked",
    onApic(["writeApic"], (before, right, c) =>
      c.offset === reg.SVR ? { ...right, lvt: before.lvt } : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-18",
    "errors-kept",
    "a write to ESR does not start anew, so that old errors show again",
    onApic(["writeApic"], (before, right, c) =>
      c.offset === reg.ESR ? { ...right, errors: before.errors } : right,
    ),
    { config: two },
  ),
  contract(
    "HW-APIC-19",
    "irr-writable",
    "a write to IRR is kept",
    onApic(["writeApic"], (before, right, c) => {
      if (c.offset < reg.IRR || c.offset >= reg.ESR) return right;
      const irr = before.irr.slice();
      irr[(c.offset - reg.IRR) >> 4] = c.value;
      return { ...right, irr };
    }),
    { config: two },
  ),
  contract(
    "HW-APIC-20",
    "flat-logical-id",
    "the logical id of an x2APIC is one bit of 32, without a cluster",
    after((_config, before, command, right) => {
      if (command.kind !== "readApic" || command.offset !== reg.LDR) return right;
      const apic = before.apics[command.cpu];
      if (apic === undefined || right.response.kind !== "value") return right;
      return { ...right, response: { kind: "value", value: (1 << (apic.id & 31)) >>> 0 } };
    }),
    { config: configs.x2apics },
  ),
];

export const apicFaults: readonly MachineFault[] = [
  ...priorityFaults,
  ...deliveryFaults,
  ...registerFaults,
  ...timerFaults,
];
