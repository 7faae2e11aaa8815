/**
 * A packed state that has one lane a CPU: a header, then lanes of equal length, all in 32-bit
 * words.
 */
export type Lanes = { readonly headerWords: number; readonly laneWords: number };

/** Copies the header and the lanes of these CPUs. */
export const syncLanes = (
  lanes: Lanes,
  target: Int32Array,
  source: Int32Array,
  cpus: readonly number[],
): void => {
  const { headerWords, laneWords } = lanes;
  for (let w = 0; w < headerWords; w++) target[w] = source[w] as number;
  for (let i = 0; i < cpus.length; i++) {
    const base = headerWords + (cpus[i] as number) * laneWords;
    for (let w = base; w < base + laneWords; w++) target[w] = source[w] as number;
  }
};

/** Copies the header, and the lane of CPU i to the place of CPU `permutation[i]`. */
export const permuteLanes = (
  lanes: Lanes,
  target: Int32Array,
  source: Int32Array,
  permutation: Int32Array,
): void => {
  const { headerWords, laneWords } = lanes;
  for (let w = 0; w < headerWords; w++) target[w] = source[w] as number;
  for (let cpu = 0; cpu < permutation.length; cpu++) {
    const from = headerWords + cpu * laneWords;
    const to = headerWords + (permutation[cpu] as number) * laneWords;
    for (let w = 0; w < laneWords; w++) target[to + w] = source[from + w] as number;
  }
};
