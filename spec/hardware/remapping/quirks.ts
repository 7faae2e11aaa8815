/** Where the remapping units of QEMU 7.2 depart from the documents, one name each. */
export const remappingQuirks = {
  "ir-not-cached": "entries are read from memory at each request: a change shows at once",
  "ir-faults-not-recorded": "faults of interrupt requests set neither FSTS nor FRCD",
  "ir-compatibility-passes": "compatibility-format requests pass whatever CFI says",
  "ir-data-unchecked": "data of a request without subhandle is not checked",
  "ir-bus-range-swapped": "SVT 2 takes SID bits [15:8] as the last bus and [7:0] as the first",
  "amd-events-not-logged": "faults of interrupt requests are not logged",
  "amd-index-unchecked": "IntTabLen is not looked at: every index of 11 bits reads an entry",
  "amd-reserved-unchecked":
    "reserved bits of an entry are not looked at; guest mode and other types than fixed and " +
    "arbitrated block",
  "amd-type-by-data":
    "data bits [10:8] are the type of the request although address bit 2 makes them index bits",
} as const;
export type RemappingQuirk = keyof typeof remappingQuirks;
