/** Where the remapping units of QEMU 7.2 depart from the documents, one name each. */
export const remappingQuirks = {
  "ir-not-cached": "entries are read from memory at each request: a change shows at once",
  "ir-faults-not-recorded": "faults of interrupt requests set neither FSTS nor FRCD",
  "ir-compatibility-passes": "compatibility-format requests pass whatever CFI says",
  "ir-data-unchecked": "data of a request without subhandle is not checked",
  "ir-bus-range-swapped": "SVT 2 takes SID bits [15:8] as the last bus and [7:0] as the first",
  "ir-index-unchecked": "an index beyond the table reads memory behind it",
  "amd-events-not-logged": "faults of interrupt requests are not logged",
} as const;
export type RemappingQuirk = keyof typeof remappingQuirks;
