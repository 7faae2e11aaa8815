/** What the witness shows: everything of the machine that QEMU lets be read. */
import {
  DFR,
  ICR_HIGH,
  ICR_LOW,
  IRR,
  ISR,
  LDR,
  LVT,
  LVT_CMCI,
  SVR,
  TMR,
  TPR,
} from "../../spec/hardware/local-apic/registers.js";
import { hiddenRegisters } from "../../spec/hardware/machine/limits.js";
import { unitOffsets } from "../../spec/hardware/machine/state-clauses.js";
import type { Config } from "../../spec/hardware/machine/vocabulary.js";
import type { PciFunctionDriver } from "./functions.js";
import { APIC_BASE, type Guest } from "./guest.js";
import type { QtestClient } from "./qtest-client.js";
import type { SharedRam } from "./shared-ram.js";

const eight = (first: number): readonly number[] =>
  Array.from({ length: 8 }, (_x, i) => first + 16 * i);

/** Registers in the order they are asked for; the three bit maps first. */
const SINGLE = [TPR, LDR, DFR, SVR, ICR_LOW, ICR_HIGH] as const;
const ENTRIES = LVT.filter((offset) => offset !== LVT_CMCI);
const ASKED = [...eight(IRR), ...eight(ISR), ...eight(TMR), ...SINGLE, ...ENTRIES];

const showApic = async (guest: Guest, cpu: number): Promise<unknown> => {
  const read = await guest.run(
    cpu,
    ASKED.map((offset) => ({ op: "read", address: APIC_BASE + offset })),
  );
  const [tpr, ldr, dfr, svr, icrLow, icrHigh] = read.slice(24);
  const lvt = read.slice(24 + SINGLE.length);
  const maps = { irr: read.slice(0, 8), isr: read.slice(8, 16), tmr: read.slice(16, 24) };
  return { ...maps, tpr, ldr, dfr, svr, icrLow, icrHigh, lvt };
};

const showFunction = async (fn: PciFunctionDriver): Promise<unknown> => {
  const [config, msix] = [await fn.configWords(), await fn.msixWords()];
  return { config, ...(msix.table.length === 0 ? {} : msix) };
};

/** Words of RAM that are not zero. */
const showMemory = (shared: SharedRam, bytes: number): unknown => {
  const ram = shared.read(0, bytes);
  const words = new Int32Array(ram.buffer, ram.byteOffset, bytes >> 2);
  const shown: { address: number; value: number }[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    if (word !== 0) shown.push({ address: 4 * i, value: word >>> 0 });
  }
  return shown;
};

export const showMachine = async (
  config: Config,
  qtest: QtestClient,
  ram: SharedRam,
  guest: Guest,
  functions: readonly PciFunctionDriver[],
  unit: number | undefined,
): Promise<unknown> => {
  const hidden = hiddenRegisters[config.remapping.kind] ?? [];
  const offsets = unit === undefined ? [] : unitOffsets(config).filter((o) => !hidden.includes(o));
  const registers = await Promise.all(
    offsets.map(async (offset) => ({ offset, value: await qtest.read((unit ?? 0) + offset, 4) })),
  );
  const shown: unknown[] = [];
  for (const fn of functions) shown.push(await showFunction(fn));
  const apics: unknown[] = [];
  for (let cpu = 0; cpu < config.apicIds.length; cpu++) apics.push(await showApic(guest, cpu));
  return {
    functions: shown,
    apics,
    ...(unit === undefined ? {} : { registers }),
    memory: showMemory(ram, config.ram),
  };
};
