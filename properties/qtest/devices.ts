/** The devices of QEMU that the witness knows: how each is asked for and how it raises an event. */

import { qemuE1000e, qemuEdu, qemuRootPort, qemuXhci } from "../../spec/hardware/pci/qemu.js";
import type { FunctionShape } from "../../spec/hardware/shape.js";
import type { Device } from "./device.js";
import { nvme } from "./nvme.js";

const EDU_RAISE = 0x60;
const EDU_ACKNOWLEDGE = 0x64;

const edu: Device = {
  name: "edu",
  properties: "",
  shape: qemuEdu,
  scratch: 0,
  prepare: ({ qtest, bar }) => ({
    raise: async () => qtest.write(bar + EDU_RAISE, 4, 1),
    quiet: async () => qtest.write(bar + EDU_ACKNOWLEDGE, 4, 0xffffffff),
  }),
};

// xHCI: operational registers, then the runtime registers of interrupter i. xHCI 1.1, section 5.
const XHCI_USBCMD = 0x40;
const XHCI_INTERRUPTER = (i: number): number => 0x1020 + 32 * i;
const XHCI_INTERRUPTERS = 16;
const INTE = 1 << 2;
const IMAN = 0x00;
const ERSTSZ = 0x08;
const ERSTBA = 0x10;
const ERDP = 0x18;
const IE = 2;
const IP = 1;
const EHB = 8;
const SEGMENT_TRBS = 16;
const TRB_BYTES = 16;
/** Offset of the event ring in the scratch memory; before it stands the segment table. */
const RING = 0x1000;

/**
 * Each interrupter has an event ring of its own that is never filled. Moving its dequeue pointer
 * off the enqueue pointer says that an event waits, and the controller raises the interrupt.
 */
const xhci: Device = {
  name: "nec-usb-xhci",
  properties: "",
  shape: qemuXhci,
  scratch: 2 * RING,
  prepare: ({ qtest, bar, scratch, signalling }) => {
    qtest.write(scratch, 8, scratch + RING);
    qtest.write(scratch + 8, 4, SEGMENT_TRBS);
    for (let i = 0; i < XHCI_INTERRUPTERS; i++) {
      const at = bar + XHCI_INTERRUPTER(i);
      qtest.write(at + ERSTSZ, 4, 1);
      qtest.write(at + ERSTBA, 4, scratch);
      qtest.write(at + ERSTBA + 4, 4, 0);
      qtest.write(at + IMAN, 4, IE);
    }
    qtest.write(bar + XHCI_USBCMD, 4, INTE);
    return {
      raise: async (vector) => {
        const how = await signalling();
        if (how === "msix" && vector >= XHCI_INTERRUPTERS) return;
        // The line is that of interrupter 0 alone; messages are counted modulo what is allocated.
        const i = how === "intx" ? 0 : vector % XHCI_INTERRUPTERS;
        const at = bar + XHCI_INTERRUPTER(i);
        // MSI-X may have been enabled since: QEMU takes the entry into use at this write.
        qtest.write(at + IMAN, 4, IE);
        qtest.write(at + ERDP, 4, scratch + RING + TRB_BYTES + EHB);
      },
      quiet: async () => qtest.write(bar + XHCI_INTERRUPTER(0) + IMAN, 4, IE | IP),
    };
  },
};

const e1000e: Device = {
  name: "e1000e",
  properties: "",
  shape: qemuE1000e,
  scratch: 0,
};

const rootPort: Device = {
  name: "ioh3420",
  properties: "chassis=1",
  shape: qemuRootPort,
  scratch: 0,
};

export const devices: readonly Device[] = [edu, xhci, nvme, e1000e, rootPort];

/** The device that a function of this shape is, by vendor and device id. */
export const deviceOf = (shape: FunctionShape): Device | undefined =>
  devices.find(({ shape: s }) => s.vendor === shape.vendor && s.device === shape.device);
