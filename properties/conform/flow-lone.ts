/** Messages outside an operation: a device's state is written again after a reset or a resume. */
import type { TraceEvent } from "../../traces/format/ftrace-line.js";
import { E } from "../../traces/format/irq-events.js";
import { C } from "./clause-ids.js";
import { ownClause } from "./judge.js";
import { knownIrq, type World } from "./world.js";

/** Judges an event that begins no operation; all but repeated messages are refused. */
export const judgeLone = (w: World, event: TraceEvent): void => {
  if (event.kind !== E.msiWrite) {
    w.unexpected(event, undefined, ownClause(event.kind.name));
  }
  const irq = knownIrq(w, event, 0);
  w.judge.begin(event);
  w.judge.is64(1, irq.message.addressLo, 0, C.message);
  w.judge.is64(2, irq.message.addressHi, 0, C.highAddress);
  w.judge.is64(3, irq.message.data, 0, C.message);
  w.judge.end(() => [
    `the message of irq ${irq.irq} once more, as after a reset`,
    "an all-zero message, which deactivates it",
  ]);
};
