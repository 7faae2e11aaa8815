/** The documents that clauses cite, each pinned once. */
export const documents = {
  linux: "Linux 7.0, file:function",
  sdm: "Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3",
  pcie: "PCI Express Base Specification",
  vtd: "Intel Virtualization Technology for Directed I/O specification",
  amdvi: "AMD I/O Virtualization Technology (IOMMU) specification",
  plan: "the kernel's implementation plan, tasks T1.1 to T4.3",
  rule: "a rule of this suite, with no outside document",
} as const;

export type DocumentId = keyof typeof documents;

/** A place in a pinned document: a Linux `file:function`, or a section. Never a line number. */
export type Source = { readonly doc: DocumentId; readonly at: string };

export const linux = (at: string): Source => ({ doc: "linux", at });
export const sdm = (at: string): Source => ({ doc: "sdm", at });
export const pcie = (at: string): Source => ({ doc: "pcie", at });
export const vtd = (at: string): Source => ({ doc: "vtd", at });
export const amdvi = (at: string): Source => ({ doc: "amdvi", at });
export const plan = (at: string): Source => ({ doc: "plan", at });
export const rule = (at: string): Source => ({ doc: "rule", at });

export const sourceText = (source: Source): string => `${source.doc} ${source.at}`;
