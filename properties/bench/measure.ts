/** Timing for the benchmark; nothing else in the project reads a clock. */

/** Work done and the time it took, CPU time of this process and wall time, in seconds. */
export type Sample = { readonly done: number; readonly cpu: number; readonly wall: number };

export type Body = () => number | Promise<number>;

/** Repeats a body, which answers how much it did, for at least so many seconds of wall time. */
export const sample = async (body: Body, seconds: number): Promise<Sample> => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  let wall = 0;
  do {
    done += await body();
    wall = (performance.now() - start) / 1e3;
  } while (wall < seconds);
  const used = process.cpuUsage(cpu);
  return { done, cpu: (used.user + used.system) / 1e6, wall };
};

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? 0)) / 2;
};

const ROUNDS = 5;
const ROUND_SECONDS = 0.25;

/** Median rate per CPU second over several rounds, after one that only warms up. */
export const rate = async (body: Body, rounds = ROUNDS): Promise<number> => {
  await sample(body, ROUND_SECONDS);
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const { done, cpu } = await sample(body, ROUND_SECONDS);
    rates.push(done / cpu);
  }
  return median(rates);
};

/**
 * Two bodies in turn, so that what else the machine does meets both. The ratio is the median of
 * the rounds' own ratios.
 */
export const sideBySide = async (
  first: Body,
  second: Body,
): Promise<{ first: number; second: number; ratio: number }> => {
  await sample(first, ROUND_SECONDS);
  await sample(second, ROUND_SECONDS);
  const rounds: { first: number; second: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const a = await sample(first, ROUND_SECONDS);
    const b = await sample(second, ROUND_SECONDS);
    rounds.push({ first: a.done / a.cpu, second: b.done / b.cpu });
  }
  return {
    first: median(rounds.map((r) => r.first)),
    second: median(rounds.map((r) => r.second)),
    ratio: median(rounds.map((r) => r.first / r.second)),
  };
};

/** 1234567 -> "1.23 M", 54321 -> "54.3 k". */
export const short = (n: number): string => {
  if (n >= 1e6) return `${(n / 1e6).toPrecision(3)} M`;
  if (n >= 1e3) return `${(n / 1e3).toPrecision(3)} k`;
  return n.toPrecision(3);
};

export type Row = { readonly figure: string; readonly value: string; readonly note: string };

/** A section of the table; what cannot be measured says why. */
export const section = async (title: string, rows: () => Promise<readonly Row[]>) => {
  let list: readonly Row[];
  try {
    list = await rows();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    list = [{ figure: title, value: "not measured", note: reason.split("\n")[0] as string }];
  }
  const width = Math.max(...list.map((row) => row.figure.length), 44);
  console.log(`\n${title}`);
  for (const { figure, value, note } of list) {
    console.log(`  ${figure.padEnd(width)}  ${value.padStart(12)}  ${note}`.trimEnd());
  }
};
