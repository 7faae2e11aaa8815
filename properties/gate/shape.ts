/** The shape of a trace: what kinds of commands met what kinds of answers. */

/** "alloc -> allocated" a step. Numbers are left out: the same mistake has the same shape. */
export const shapeOf = (
  steps: readonly { readonly kind: string; readonly answer: string }[],
): string[] => steps.map((step) => `${step.kind} -> ${step.answer}`);

export const sameShape = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((step, i) => step === b[i]);
