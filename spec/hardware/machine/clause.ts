/** How the clauses of a device are written: contract level, one step, its task and observables. */
import type { Clause } from "../../core/clause.js";
import type { Source } from "../../core/source.js";
import type { MachineTransition } from "./judging.js";
import type { CommandKind } from "./vocabulary.js";

type T = MachineTransition;
type More = { readonly needs?: readonly string[]; readonly requires?: readonly CommandKind[] };

/** Of a plan task; the observables are those of most of its clauses, and `more` may say others. */
export const clausesOf =
  (task: string, needs: readonly string[]) =>
  (
    id: string,
    title: string,
    source: readonly Source[],
    on: readonly CommandKind[],
    applies: (t: T) => boolean,
    holds: (t: T) => boolean,
    more: More = {},
  ): Clause<T> => ({
    id,
    title,
    level: "contract",
    kind: "step",
    task,
    source,
    needs,
    on,
    applies,
    holds,
    ...more,
  });
