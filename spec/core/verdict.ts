/** Verdicts, worst first. Only `holds` is green. */
export const verdicts = ["violated", "error", "inconclusive", "not proven", "holds"] as const;
export type Verdict = (typeof verdicts)[number];

/** The worse of two verdicts: the meet of the lattice. */
export const worse = (a: Verdict, b: Verdict): Verdict =>
  verdicts.indexOf(a) <= verdicts.indexOf(b) ? a : b;

export const worst = (all: Iterable<Verdict>): Verdict => {
  let result: Verdict = "holds";
  for (const verdict of all) result = worse(result, verdict);
  return result;
};

/** Process exit status: 0 holds, 1 violated, 2 could not run, 3 inconclusive or not proven. */
export const exitCode = (verdict: Verdict): 0 | 1 | 2 | 3 => {
  switch (verdict) {
    case "holds":
      return 0;
    case "violated":
      return 1;
    case "error":
      return 2;
    case "inconclusive":
    case "not proven":
      return 3;
  }
};
