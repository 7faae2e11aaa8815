/** What the documents make of an interrupt request, recounted from registers, tables and cache. */
import type { MachineTransition } from "../machine/judging.js";
import { arriving, inWindow } from "../machine/path.js";
import type { View } from "../machine/vocabulary.js";
import type { Sent } from "../shape.js";
import { amdFates } from "./fate-amd.js";
import { intelFates } from "./fate-intel.js";
import { type Fate, sameFate, type Way } from "./fates.js";

/** What may become of the request that arrives in a step. */
export type Judged = Way & { readonly sent: Sent };

/** The one request that arrives at the unit in this step. */
const arrival = (t: MachineTransition): Sent | undefined => {
  if (t.before.unit === undefined) return undefined;
  const list = arriving(t);
  const [first] = list;
  return list.length === 1 && first !== undefined && inWindow(first.message) ? first : undefined;
};

type Memo = {
  before: View;
  command: unknown;
  observed: View | undefined;
  found: Judged | undefined;
};
/** The same transition is asked by clause after clause. */
let last: Memo | undefined;

const recount = (t: MachineTransition): Judged | undefined => {
  const sent = arrival(t);
  if (sent === undefined) return undefined;
  const way =
    t.config.remapping.kind === "intel"
      ? intelFates(t.config, t.before, sent)
      : amdFates(t.config, t.before, sent);
  const fates = way.fates.filter((f, i) => way.fates.findIndex((g) => sameFate(f, g)) === i);
  return { sent, ...way, fates };
};

/** What may become of the request that arrives in this step. */
export const judged = (t: MachineTransition): Judged | undefined => {
  const { before, command, observed } = t;
  if (last?.before === before && last.command === command && last.observed === observed) {
    return last.found;
  }
  const found = recount(t);
  last = { before, command, observed, found };
  return found;
};

/** The fate, where there is but one. */
export const soleFate = (t: MachineTransition): Fate | undefined => {
  const found = judged(t);
  return found?.fates.length === 1 ? found.fates[0] : undefined;
};
