/** Faults of composition and of blocks without remapping. */
import { compose } from "../../../models/irq/msi-message/compose.js";
import { roundUp } from "../../../models/irq/msi-message/intel.js";
import { messageResponse } from "../../../models/irq/msi-message/messages.js";
import { freeBases, own } from "../../../models/irq/msi-message/vectors.js";
import type { Config } from "../../../spec/irq/msi-message/vocabulary.js";
import { base, extended, intelX2apic, wideIds } from "./configs.js";
import { after, fault, type MessageFault, on, remake } from "./fault-kit.js";

const few: Config = { ...base, vectorStart: 0x21, vectorEnd: 0x28 };
const device = ["compose", "composeDest"] as const;

export const composeFaults: readonly MessageFault[] = [
  fault(
    "contract",
    "MSI-COMPOSE-1",
    "destination-shifted-8",
    "the destination is put at bits [15:8] of the address",
    base,
    remake(device, (config, command) => {
      const dest = command.kind === "compose" ? config.apicIds[command.cpu] : 0;
      const id = command.kind === "composeDest" ? command.dest : (dest ?? 0);
      return { addressLo: 0xfee00000 + id * 0x100 };
    }),
  ),
  fault(
    "linux",
    "MSI-COMPOSE-2",
    "lowest-priority",
    "messages ask for lowest-priority delivery",
    base,
    remake(device, (_config, _command, m) => ({ data: m.data | 0x100 })),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-3",
    "seven-bit-destination",
    "the destination is cut to seven bits",
    base,
    remake(device, (_config, _command, m) => ({ addressLo: (m.addressLo & ~0x80000) >>> 0 })),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-4",
    "destination-truncated",
    "an APIC id above 255 is cut to eight bits, so another CPU gets the interrupt",
    wideIds,
    after((config, _before, command, right) => {
      if (command.kind !== "composeDest" || command.dest <= 0xff || command.vector < 16)
        return right;
      const m = compose(command.dest, command.vector, command.logical, false);
      return config.extendedDestinationId ? right : { ...right, response: messageResponse(m) };
    }),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-5",
    "extended-bits-lost",
    "extended destination ids are promised but the high seven bits are not written",
    extended,
    remake(device, (_config, _command, m) => ({ addressLo: (m.addressLo & ~0xfe0) >>> 0 })),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-6",
    "iommu-high-word-zero",
    "the IOMMU's own messages lose destination bits [31:8]",
    intelX2apic,
    remake(["composeIommu"], () => ({ addressHi: 0 })),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-7",
    "cpu-number-as-apic-id",
    "the CPU number is used where its APIC id belongs",
    base,
    (model) => ({
      ...model,
      step: (config, state, command) =>
        command.kind === "compose"
          ? model.step({ ...config, apicIds: config.apicIds.map((_id, i) => i) }, state, command)
          : model.step(config, state, command),
    }),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-8",
    "reserved-vector-composed",
    "vectors below 0x10 are put into messages",
    base,
    on("composeDest", (config, _before, c, right) =>
      c.vector < 16 && c.dest <= 0xff
        ? {
            ...right,
            response: messageResponse(
              compose(c.dest, c.vector, c.logical, config.extendedDestinationId),
            ),
          }
        : right,
    ),
  ),
  fault(
    "linux",
    "MSI-COMPOSE-8-L",
    "started-on-shutdown-vector",
    "a started interrupt keeps the shutdown vector",
    base,
    on("compose", (config, _before, c, right) =>
      c.started && c.vector === 0xef
        ? {
            ...right,
            response: messageResponse(
              compose(config.apicIds[c.cpu] ?? 0, c.vector, config.logical, false),
            ),
          }
        : right,
    ),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-9",
    "window-mask-only",
    "the validator looks at bits [31:20] alone",
    base,
    on("validate", (_config, _before, c, right) => ({
      ...right,
      response: { kind: "verdict", valid: c.addressLo >>> 20 === 0xfee },
    })),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-10",
    "block-not-aligned",
    "a block of messages starts at the first free vector, aligned or not",
    few,
    on("allocateVectors", (config, before, c, right) => {
      const size = roundUp(c.count);
      const first = freeBases(config, before, c.cpu, 1)[0];
      return first === undefined || size === 1 || first + size > config.vectorEnd
        ? right
        : own(before, c, first, size);
    }),
  ),
  fault(
    "linux",
    "MSI-COMPOSE-10-L",
    "block-without-remapping",
    "a whole aligned block is granted although there is no remapping",
    base,
    on("allocateVectors", (config, before, c, right) => {
      const size = roundUp(c.count);
      const first = freeBases(config, before, c.cpu, size)[0];
      return first === undefined ? right : own(before, c, first, size);
    }),
  ),
  fault(
    "contract",
    "MSI-COMPOSE-11",
    "partial-block-kept",
    "a block that does not fit is refused but the vectors found so far stay taken",
    few,
    on("allocateVectors", (config, before, c, right) => {
      if (freeBases(config, before, c.cpu, roundUp(c.count)).length > 0) return right;
      return right.response.kind === "vectors"
        ? { ...right, response: { kind: "failed", error: "ENOSPC" } }
        : right;
    }),
  ),
];
