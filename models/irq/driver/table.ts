/** With remapping a device's message names an entry of the table and never changes. */
import type { Mode } from "../../../spec/irq/driver/vocabulary.js";
import { remappableMessage } from "../msi-message/intel.js";
import type { Act } from "./act.js";
import { writeMessage } from "./registers.js";
import { handleOf } from "./state.js";

export const writeHandle = (act: Act, device: number, index: number, mode: Mode): void => {
  const handle = handleOf(act.state, device, index);
  if (handle === undefined) return;
  writeMessage(act, device, index, mode, remappableMessage(handle.entry, 0));
};
