/** Cases about what the kernel's code does. */
import * as edits from "./edits.js";
import { CAPABILITIES, change, expect, MESSAGES, type Story, VECTORS } from "./story.js";
import { all, replace, write } from "./tree.js";

export const codeStories: readonly Story[] = [
  {
    name: "good-refactoring",
    shows: "code is moved about, nothing changes",
    head: [change("vector: one place for the device vectors", edits.shareDeviceVectors)],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "new-fault",
    shows: "a series of two patches; the second frees on the CPU that runs, not on the owner",
    head: [
      change("vector: say which vector is taken", edits.explainSpread),
      change("vector: free under the lock of this CPU", edits.freeOnThisCpu),
    ],
    as: "both",
    expected: expect("violated", ["GATE-NEW"], { [VECTORS]: { "VEC-MATRIX-4": "new" } }),
  },
  {
    name: "new-fault-messages",
    shows: "destinations that do not fit are cut to eight bits",
    head: [change("msi: mask the destination", edits.cutDestination)],
    as: "both",
    expected: expect("violated", ["GATE-NEW"], { [MESSAGES]: { "MSI-COMPOSE-3": "new" } }),
  },
  {
    name: "new-fault-blocks",
    shows: "blocks of vectors are no longer aligned; shows once two are allocated",
    head: [change("msi: waste no vectors on alignment", edits.unalignedBlocks)],
    expected: expect("violated", ["GATE-NEW"], { [MESSAGES]: { "MSI-COMPOSE-10": "new" } }),
  },
  {
    name: "good-refactoring-pci",
    shows: "one place says where an entry of an MSI-X table lies",
    head: [change("pci: one function for table entries", edits.nameTheEntry)],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "new-fault-walk",
    shows: "the capability list is given up at a pointer that goes backwards",
    head: [change("pci: no loops in capability lists", edits.walkUpwards)],
    as: "both",
    expected: expect("violated", ["GATE-NEW"], {
      [CAPABILITIES]: { "MSI-CAP-2": "new", "MSI-CAP-13": "new" },
    }),
  },
  {
    name: "new-fault-entry",
    shows: "an MSI-X entry is given its new message while it is unmasked",
    head: [change("pci: fewer register writes for a move", edits.rewriteUnmasked)],
    expected: expect("violated", ["GATE-NEW"], { [CAPABILITIES]: { "MSIX-PROG-4": "new" } }),
  },
  {
    name: "fixed-fault",
    shows: "the base forgets the vectors of a CPU that comes back, the head does not",
    base: [change("vector: set a CPU up when it comes online", edits.forgetOnOnline)],
    head: [
      change(
        "vector: what a CPU had it has again\n\nFixes the double use of vectors after hotplug.",
        replace(
          edits.VECTOR,
          "        if !cpu.online {\n            cpu.taken = Bitmap::default();\n",
          "        if !cpu.ready {\n",
        ),
      ),
    ],
    as: "both",
    expected: expect("holds", [], { [VECTORS]: { "VEC-MATRIX-16": "fixed" } }),
  },
  {
    name: "known-fault",
    shows: "base and head have the same fault; the file is touched, nothing gets worse",
    base: [change("vector: set a CPU up when it comes online", edits.forgetOnOnline)],
    head: [change("vector: say which vector is taken", edits.explainSpread)],
    expected: expect("holds", [], { [VECTORS]: { "VEC-MATRIX-16": "known" } }),
  },
  {
    name: "second-fault",
    shows: "a new fault beside a known one: the known one does not hide it",
    base: [change("vector: set a CPU up when it comes online", edits.forgetOnOnline)],
    head: [change("vector: free under the lock of this CPU", edits.freeOnThisCpu)],
    expected: expect("violated", ["GATE-NEW"], {
      [VECTORS]: { "VEC-MATRIX-4": "new" },
    }),
  },
  {
    name: "crash",
    shows: "a wrong check stops the machine when a vector of an offline CPU is freed",
    head: [change("vector: catch frees on dead CPUs", edits.bugOnOffline)],
    expected: expect("violated", ["GATE-NEW"], { [VECTORS]: { "SYS-CRASH": "new" } }),
  },
  {
    name: "panic",
    shows: "a panic once the last vector of a CPU is taken",
    head: [change("vector: drop a check that is made twice", edits.unwrapSearch)],
    expected: expect("violated", ["GATE-NEW"], { [VECTORS]: { "SYS-PANIC": "new" } }),
  },
  {
    name: "hang",
    shows: "the search for a vector does not end when a CPU is full",
    head: [change("vector: search round the table", edits.searchForever)],
    expected: expect("violated", ["GATE-NEW"], { [VECTORS]: { "SYS-HANG": "new" } }),
  },
  {
    name: "garbage",
    shows: "a debugging line on standard output, where answers are due",
    head: [change("vector: trace exhaustion", edits.printDebugging)],
    expected: expect("violated", ["GATE-NEW"], { [VECTORS]: { "SYS-GARBAGE": "new" } }),
  },
  {
    name: "build-failure",
    shows: "the head does not build",
    head: [
      change(
        "vector: count in usize",
        replace(edits.VECTOR, "    available: u32,\n", "    available: usize,\n"),
      ),
    ],
    expected: expect("error", ["GATE-BUILD"]),
  },
  {
    name: "build-failure-at-base",
    shows: "the head's harness calls what the base does not have: the base has no answer",
    head: [
      change(
        "vector: count without a list",
        all(
          replace(
            edits.VECTOR,
            "    pub fn available(&self, cpu: u32) -> u32 {\n",
            "    pub fn allocated_count(&self, cpu: u32) -> u32 {\n" +
              "        self.cpus[cpu as usize].taken.0.iter().map(|word| word.count_ones()).sum()\n" +
              "    }\n\n    pub fn available(&self, cpu: u32) -> u32 {\n",
          ),
          replace(
            edits.VECTOR_HARNESS,
            "self.vectors.allocated(*cpu).len() as i64",
            "self.vectors.allocated_count(*cpu).into()",
          ),
        ),
      ),
    ],
    expected: expect("holds"),
  },
  {
    name: "unmapped-file",
    shows: "a kernel file that no area claims: said loudly, every area is judged",
    head: [
      change(
        "mm: refuse to free a frame twice",
        replace(
          edits.FRAME,
          "        self.used[frame] = false;\n",
          "        assert!(std::mem::replace(&mut self.used[frame], false));\n",
        ),
      ),
    ],
    as: "both",
    expected: expect("holds"),
  },
  {
    name: "documentation",
    shows: "documentation alone: nothing is built, nothing is run",
    head: [
      change(
        "docs: how messages name a CPU",
        write("docs/messages.md", "# Messages\n\nBits [19:12] of the address are the APIC id.\n"),
      ),
    ],
    as: "both",
    expected: expect("holds"),
  },
];
