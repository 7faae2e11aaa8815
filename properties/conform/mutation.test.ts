import { describe, expect, it } from "vitest";
import { digitClasses, loadRecord, otherDigit, recordNames, seeded, taken } from "./testing.js";

const SEED = 0x7013;
/** Mutations of each record; all classes of digits take turns. */
const MUTATIONS = process.env.REDBEAR_SPEC_FULL === "1" ? 2000 : 120;

/**
 * Fields where a changed digit may pass, because the record holds nothing that decides them: see
 * "Undecided fields" in traces/linux-7.0/README.md.
 */
const mayPass = (event: string, field: string): boolean =>
  event === "tracing_mark_write" || field === "[CPU]" || field === "TIME" || field === "PID";

describe(`one digit changed (seed ${SEED})`, () => {
  const rates = new Map<string, { tried: number; caught: number }>();

  it.each(recordNames)("%s: is caught wherever something decides it", (name) => {
    const record = loadRecord(name);
    const classes = digitClasses(record.text);
    const below = seeded(SEED);
    const text = Buffer.from(record.text);
    const passed: string[] = [];
    for (let i = 0; i < MUTATIONS; i++) {
      const { event, field, digits } = classes[i % classes.length] as (typeof classes)[number];
      const digit = digits[below(digits.length)] as (typeof digits)[number];
      const before = text[digit.at] as number;
      text[digit.at] = otherDigit(text, digit, below);
      const result = taken(record, text);
      text[digit.at] = before;
      const caught = result === "input" || result.verdict === "violated";
      const key = `${event} ${field}`;
      const rate = rates.get(key) ?? { tried: 0, caught: 0 };
      rates.set(key, { tried: rate.tried + 1, caught: rate.caught + (caught ? 1 : 0) });
      if (!caught && !mayPass(event, field)) passed.push(`${key} at byte ${digit.at}`);
    }
    expect(passed).toEqual([]);
  });

  it("is caught at this rate", () => {
    let [tried, caught] = [0, 0];
    const rows: string[] = [];
    for (const [key, rate] of [...rates].sort(([a], [b]) => (a < b ? -1 : 1))) {
      tried += rate.tried;
      caught += rate.caught;
      if (rate.caught < rate.tried) rows.push(`${key}: ${rate.caught} of ${rate.tried}`);
    }
    console.log([`${caught} of ${tried} changed digits caught; of the rest:`, ...rows].join("\n"));
    expect(caught / tried).toBeGreaterThan(0.97);
  });
});
