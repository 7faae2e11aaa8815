/**
 * Where every free decision comes from: a generator's next command, and at contract level the
 * pick among several legal outcomes. A seeded random source, an exhaustive enumeration and a
 * replayed list are three drivers of this one interface (`properties/engine/choices.ts`).
 */
export interface Choices {
  /** A whole number in [0, bound). `bound` is at least 1. */
  below(bound: number): number;
}
