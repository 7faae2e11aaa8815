/** Where the local APIC of QEMU 7.2 departs from the documents, one name each. */
export const apicQuirks = {
  "apic-accepts-while-disabled":
    "fixed interrupts set IRR of an APIC that SVR bit 8 disables; SDM: it does not accept them",
  "apic-accepts-low-vectors":
    "vectors below 16 set IRR; SDM: they set ESR bit 6 and are not accepted",
  "apic-lowest-by-number":
    "lowest-priority delivery takes the lowest APIC number whatever its priority",
  "apic-cluster-broadcast-by-match":
    "logical destination 0xFF in cluster mode is compared like any other",
} as const;
export type ApicQuirk = keyof typeof apicQuirks;
