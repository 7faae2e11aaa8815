/** Changes to the kernel of the example: mistakes as kernels have them, and harmless ones. */
import { all, type Edit, replace, write } from "./tree.js";

export const VECTOR = "kernel/src/irq/vector.rs";
export const MSI = "kernel/src/irq/msi.rs";
export const CAPABILITY = "kernel/src/pci/capability.rs";
export const SIGNALLED = "kernel/src/pci/signalled.rs";
export const FRAME = "kernel/src/mm/frame.rs";
export const CONFIG = "redbear-spec.toml";
export const VECTOR_HARNESS = "redbear-spec/harness/src/bin/vector-matrix-allocator.rs";
export const MSI_HARNESS = "redbear-spec/harness/src/bin/msi-message.rs";
export const REGRESSION = "redbear-spec/regressions/free-on-the-owner.jsonl";

/** One place says which vectors devices may have. */
export const shareDeviceVectors: Edit = all(
  replace(
    VECTOR,
    "        (self.first..self.end).filter(|&vector| !self.system.get(vector)).count() as u32",
    "        self.device_vectors().count() as u32",
  ),
  replace(
    VECTOR,
    "        (self.first..self.end).find(|&v| !self.system.get(v) && !taken.get(v))\n    }\n",
    "        self.device_vectors().find(|&vector| !taken.get(vector))\n    }\n\n" +
      "    /// Vectors that may be given to devices, ascending.\n" +
      "    fn device_vectors(&self) -> impl Iterator<Item = u32> + '_ {\n" +
      "        (self.first..self.end).filter(move |&vector| !self.system.get(vector))\n    }\n",
  ),
);

/** The CPU that runs `free` is taken for the one that owns the vector. */
export const freeOnThisCpu: Edit = all(
  replace(
    VECTOR,
    "    pub fn free(&mut self, cpu: u32, vector: u32) -> bool {\n" +
      "        let owner = &mut self.cpus[cpu as usize];\n",
    "    pub fn free(&mut self, _cpu: u32, vector: u32) -> bool {\n" +
      "        // The lock of this CPU is held already.\n" +
      "        let owner = &mut self.cpus[crate::smp::this_cpu() as usize];\n",
  ),
);

/** A CPU that comes back is set up afresh, although its vectors are still with their owners. */
export const forgetOnOnline: Edit = replace(
  VECTOR,
  "        if !cpu.ready {\n",
  "        if !cpu.online {\n            cpu.taken = Bitmap::default();\n",
);

/** The end of the device range is taken for its last vector. */
export const oneTooMany: Edit = all(
  replace(VECTOR, "(self.first..self.end).filter(", "(self.first..=self.end).filter("),
  replace(VECTOR, "(self.first..self.end).find(", "(self.first..=self.end).find("),
);

/** The search goes round and round until it finds a free vector; a full CPU has none. */
export const searchForever: Edit = all(
  replace(
    VECTOR,
    "            if !here.online || here.available == 0 {",
    "            if !here.online {",
  ),
  replace(
    VECTOR,
    "        (self.first..self.end).find(|&v| !self.system.get(v) && !taken.get(v))",
    "        let mut vector = self.first;\n" +
      "        while self.system.get(vector) || taken.get(vector) {\n" +
      "            vector = if vector + 1 == self.end { self.first } else { vector + 1 };\n" +
      "        }\n" +
      "        Some(vector)",
  ),
);

/** A check that is wrong for CPUs that went offline: they still own vectors. */
export const bugOnOffline: Edit = replace(
  VECTOR,
  "        owner.taken.clear(vector);\n",
  "        if !owner.online {\n" +
    '            crate::bug::bug("a vector of a CPU that is gone is freed");\n        }\n' +
    "        owner.taken.clear(vector);\n",
);

/** What is a matter of course until the last vector is taken. */
export const unwrapSearch: Edit = all(
  replace(
    VECTOR,
    "            if !here.online || here.available == 0 {",
    "            if !here.online {",
  ),
  replace(
    VECTOR,
    "self.lowest_free(cpu).ok_or(VectorError::Exhausted)?",
    'self.lowest_free(cpu).expect("a CPU that is online has a free vector")',
  ),
);

/** A line of debugging that was left in, on the stream that the harness answers on. */
export const printDebugging: Edit = replace(
  VECTOR,
  "        let cpu = best.ok_or(VectorError::Exhausted)?;\n",
  "        if best.is_none() {\n" +
    '            println!("vector: no CPU of {:?} has room", mask);\n        }\n' +
    "        let cpu = best.ok_or(VectorError::Exhausted)?;\n",
);

/** A destination that does not fit is cut to the bits that do. */
export const cutDestination: Edit = replace(
  MSI,
  "vector < FIRST_VALID || dest > self.reach() {\n            return None;\n        }\n",
  "vector < FIRST_VALID {\n            return None;\n        }\n" +
    "        let dest = dest & self.reach();\n",
);

/** The number of a CPU is taken for its APIC id. */
export const cpuForApicId: Edit = replace(
  MSI_HARNESS,
  "self.addressing.compose(self.apic_ids[*cpu as usize], *vector)",
  "self.addressing.compose(*cpu, *vector)",
);

/** Blocks of several vectors are no longer aligned. */
export const unalignedBlocks: Edit = replace(
  MSI,
  "        let first = (self.first + size - 1) / size * size;\n" +
    "        (first..self.end).step_by(size as usize).find(|&base| {",
  "        (self.first..self.end).find(|&base| {",
);

/** Addresses of either destination mode are taken for valid. */
export const eitherMode: Edit = replace(
  MSI,
  "            && lo & zero == 0\n            && (lo & LOGICAL != 0) == self.logical\n",
  "            && lo & zero == 0\n",
);

/** Pointers of a well-formed list are thought to go up. */
export const walkUpwards: Edit = replace(
  CAPABILITY,
  "            _ => next = header >> 8,\n",
  "            // A list that turns back is a loop.\n" +
    "            _ if header >> 8 <= at => return None,\n" +
    "            _ => next = header >> 8,\n",
);

/** One function says how an entry of the table is found. */
export const nameTheEntry: Edit = all(
  replace(
    SIGNALLED,
    "fn bits(count: u32)",
    "/// Byte offset of a table entry in its BAR.\n" +
      "fn entry_at(table: (u8, u32), entry: u32) -> u32 {\n    table.1 + entry * ENTRY\n}\n\n" +
      "fn bits(count: u32)",
  ),
  replace(
    SIGNALLED,
    "            let offset = table.1 + entry * ENTRY;\n",
    "            let offset = entry_at(table, entry);\n",
  ),
  replace(
    SIGNALLED,
    "                let offset = table.1 + index * ENTRY;\n",
    "                let offset = entry_at(*table, index);\n",
  ),
);

/** Fewer register accesses: the entry is told its new message as it is. */
export const rewriteUnmasked: Edit = replace(
  SIGNALLED,
  "                registers.write(bar, offset + VECTOR_CONTROL, 4, control | MASKED);\n" +
    "                write_entry(registers, table.0, offset, message);\n",
  "                write_entry(registers, table.0, offset, message);\n",
);

/** Words alone. */
export const explainSpread: Edit = replace(
  VECTOR,
  "    /// A vector on one of the CPUs: where most are free, so that the load is spread.\n",
  "    /// A vector on one of the CPUs: where most are free, so that the load is spread. The\n" +
    "    /// lowest vector that is free there.\n",
);

export const explainCompose: Edit = replace(
  MSI,
  "    /// The message that raises `vector` at a destination. None: there is no such message.\n",
  "    /// The message that raises `vector` at a destination. None: there is no such message, and\n" +
    "    /// the device cannot be given this vector.\n",
);

export type WaiverText = {
  readonly clause: string;
  readonly shape: readonly string[];
  readonly expires: string;
};

/** A waiver for the messages. */
export const waive = (name: string, { clause, shape, expires }: WaiverText): Edit =>
  write(
    `redbear-spec/waivers/${name}.toml`,
    [
      'area = "irq/msi-message"',
      `clause = "${clause}"`,
      `shape = [${shape.map((step) => `"${step}"`).join(", ")}]`,
      'reason = "logical mode is never switched on here; rework is under way"',
      'owner = "Ada Kernel <ada@kernel.example>"',
      `expires = ${expires}`,
      "",
    ].join("\n"),
  );
