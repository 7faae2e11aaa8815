/**
 * /proc/interrupts as a sidecar keeps it: a heading with the online CPUs, then a line for each
 * interrupt (Linux kernel/irq/proc.c show_interrupts): number, a count for each of these CPUs,
 * chip, hardware number with trigger, handlers.
 */
import { InputError } from "../../spec/core/decode.js";

export type InterruptLine = {
  readonly irq: number;
  /** Per CPU of the heading, in its order. */
  readonly counts: readonly number[];
  /** Chip name, such as "IO-APIC", "PCI-MSIX-0000:01:00.0" or "IR-PCI-MSI-0000:00:04.0". */
  readonly chip: string;
  /** Names of its handlers as printed; empty for an interrupt that nobody asked for. */
  readonly handlers: string;
  readonly text: string;
};

export type Interrupts = {
  /** CPUs of the heading, ascending. */
  readonly cpus: readonly number[];
  /** Numbered interrupts; the named ones (NMI, LOC, …) are not of the vector layer. */
  readonly lines: readonly InterruptLine[];
};

const HEADING = /^\s*CPU\d+(?:\s+CPU\d+)*\s*$/;
const NUMBERED = /^\s*(\d+):\s*(.*)$/;

/** `where` names the file and field. Throws {@link InputError} for a line of another form. */
export const parseInterrupts = (
  lines: readonly string[],
  where: { readonly file: string; readonly field: string },
): Interrupts => {
  const fail = (at: number, expected: string): never => {
    const found = JSON.stringify((lines[at] ?? "").slice(0, 80));
    throw new InputError(
      { file: where.file, field: `${where.field}[${at}]` },
      `found ${found}, expected ${expected}`,
    );
  };
  const heading = lines[0];
  if (heading === undefined || !HEADING.test(heading)) {
    return fail(0, "the CPUs, as /proc/interrupts heads its columns");
  }
  const cpus = [...heading.matchAll(/CPU(\d+)/g)].map((m) => Number(m[1]));
  const parsed: InterruptLine[] = [];
  for (let at = 1; at < lines.length; at++) {
    const text = lines[at] as string;
    const numbered = NUMBERED.exec(text);
    if (numbered === null) continue;
    const words = (numbered[2] as string).trim().split(/\s+/);
    const counts = words.slice(0, cpus.length).map(Number);
    if (counts.length < cpus.length || counts.some((n) => !Number.isSafeInteger(n) || n < 0)) {
      return fail(at, `${cpus.length} counts, one for each CPU of the heading`);
    }
    const [chip, hardware, ...handlers] = words.slice(cpus.length);
    if (chip === undefined || hardware === undefined) return fail(at, "a chip and a trigger");
    parsed.push({
      irq: Number(numbered[1]),
      counts,
      chip,
      handlers: handlers.join(" "),
      text: text.trim(),
    });
  }
  return { cpus, lines: parsed };
};
