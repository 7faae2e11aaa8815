/** Reads what the monitor prints for `info lapic N`: a second look at a local APIC. */

export type LapicText = {
  readonly svr: number;
  readonly icrLow: number;
  readonly icrHigh: number;
  readonly esr: number;
  readonly tpr: number;
  readonly ppr: number;
  /** Bits [31:28] of the register. */
  readonly dfr: number;
  /** Bits [31:24] of the register. */
  readonly ldr: number;
  /** LINT0, LINT1, performance, error, thermal, timer. */
  readonly lvt: readonly number[];
  /** Vectors, ascending; `level` those of them that are level triggered. */
  readonly irr: readonly number[];
  readonly isr: readonly number[];
  readonly level: readonly number[];
};

const lvtNames = ["LVT0", "LVT1", "LVTPC", "LVTERR", "LVTTHMR", "LVTT"] as const;

/** Undefined for text that is not of this form, such as "No CPU available". */
export const parseLapic = (text: string): LapicText | undefined => {
  const lines = text.split(/\r?\n/);
  const after = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}\t`))?.slice(name.length + 1);
  const number = (name: string): number => Number(/0x[0-9a-f]+/.exec(after(name) ?? "")?.[0]);
  const vectors = (name: string): readonly (readonly [number, boolean])[] =>
    [...(after(name) ?? "").matchAll(/(\d+)(\(level\))?/g)].map((m) => [
      Number(m[1]),
      m[2] !== undefined,
    ]);
  const last = lines.find((line) => line.startsWith("APR "));
  const field = (name: string): number =>
    Number(new RegExp(`${name} (0x[0-9a-f]+)`).exec(last ?? "")?.[1]);
  const [irr, isr] = [vectors("IRR"), vectors("ISR")];
  const read: LapicText = {
    svr: number("SPIV"),
    icrLow: number("ICR"),
    icrHigh: number("ICR2"),
    esr: number("ESR"),
    tpr: field("TPR"),
    ppr: field("PPR"),
    dfr: field("DFR"),
    ldr: field("LDR"),
    lvt: lvtNames.map(number),
    irr: irr.map(([v]) => v),
    isr: isr.map(([v]) => v),
    level: [...irr, ...isr].filter(([, level]) => level).map(([v]) => v),
  };
  const numbers = [read.svr, read.icrLow, read.icrHigh, read.esr, read.tpr, read.ppr, read.dfr];
  return [...numbers, read.ldr, ...read.lvt].some(Number.isNaN) ? undefined : read;
};
