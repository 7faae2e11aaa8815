/** Every bit table of the remapping units' own registers and formats, for reports and tests. */
import { completionWait, eventEntry } from "./amd.js";
import { faultRecord, postedControl, waitDescriptor } from "./intel.js";

export const remappingLayouts = [
  faultRecord,
  waitDescriptor,
  postedControl,
  completionWait,
  eventEntry,
];
