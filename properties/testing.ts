/** What the test suites share. Every suite prints its seed and refuses to draw another. */
import fc from "fast-check";

/** One seed for all suites; REDBEAR_SPEC_SEED overrides it. */
export const SEED = Number(process.env.REDBEAR_SPEC_SEED ?? 0x5eed1234) | 0;

fc.configureGlobal({ seed: SEED, ...fc.readConfigureGlobal(), numRuns: 200 });

export const seeded = (name: string): string => `${name} (seed 0x${(SEED >>> 0).toString(16)})`;

/** QEMU, Rust, Chromium and long runs: `npm run test:full`. */
export const FULL = process.env.REDBEAR_SPEC_FULL === "1";

/** For the title of tests that only the full run has. */
export const long = FULL ? "" : " (long: npm run test:full)";
