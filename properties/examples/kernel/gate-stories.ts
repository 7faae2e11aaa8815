/** Cases about what keeps watch: harness, configuration, regressions, waivers. */
import * as edits from "./edits.js";
import { change, expect, MESSAGES, type Story, VECTORS } from "./story.js";
import { all, remove, replace, write } from "./tree.js";

/** Waivers are judged as of this day; `--today`, for a gate on the example. */
export const TODAY = "2026-11-25";

const covering = {
  clause: "MSI-COMPOSE-9",
  shape: ["validate -> verdict"],
  expires: "2027-01-31",
};
const WAIVER = "redbear-spec/waivers/either-mode.toml";

const fault = change("msi: accept either mode", edits.eitherMode);
const waived = change("redbear-spec: waive the mode bit", edits.waive("either-mode", covering));
const mended = replace(
  edits.MSI,
  "            && lo & zero == 0\n",
  "            && lo & zero == 0\n            && (lo & LOGICAL != 0) == self.logical\n",
);

/** CPU n has APIC id n, as on small machines. */
const laboratory = {
  apicIds: [0, 1, 2, 3],
  apic: "xapic",
  logical: false,
  extendedDestinationId: false,
  remapping: "none",
  tableEntries: 2,
  eim: false,
  mhmv: 0,
  sourceChecking: true,
  selfInvalidates: false,
  amd2k: false,
  ga: false,
  units: 1,
  coverable: true,
  devices: [
    { requester: 16, aliases: [], ioApic: false },
    { requester: 24, aliases: [], ioApic: false },
  ],
  vectorStart: 32,
  vectorEnd: 64,
};

const lossStories: readonly Story[] = [
  {
    name: "lost-command",
    shows: "the harness no longer answers online and offline",
    head: [
      change(
        "redbear-spec: hotplug is not used",
        replace(
          edits.VECTOR_HARNESS,
          '&["alloc", "free", "online", "offline", "allocatedCount"]',
          '&["alloc", "free", "allocatedCount"]',
        ),
      ),
    ],
    expected: expect("violated", ["GATE-LOST-COMMAND", "GATE-LOST-CLAUSE"], {
      [VECTORS]: { "VEC-MATRIX-16": "lost" },
    }),
  },
  {
    name: "lost-observable",
    shows: "the harness no longer shows blocks of vectors",
    head: [
      change("redbear-spec: show less", replace(edits.MSI_HARNESS, '= &["vectors"];', "= &[];")),
    ],
    expected: expect("violated", ["GATE-LOST-COMMAND", "GATE-LOST-CLAUSE"], {
      [MESSAGES]: { "MSI-COMPOSE-11": "lost" },
    }),
  },
  {
    name: "level-lowered",
    shows: "the level falls from linux to contract",
    base: [
      change(
        "redbear-spec: vectors as Linux chooses them",
        replace(edits.CONFIG, 'allocator"\nlevel = "contract"', 'allocator"\nlevel = "linux"'),
      ),
    ],
    head: [
      change(
        "redbear-spec: any legal choice will do",
        replace(edits.CONFIG, 'allocator"\nlevel = "linux"', 'allocator"\nlevel = "contract"'),
      ),
    ],
    expected: expect("violated", ["GATE-WEAKER-CONFIG"]),
  },
  {
    name: "area-removed",
    shows: "the messages are left out of the configuration",
    head: [
      change(
        "redbear-spec: judge vectors alone",
        replace(
          edits.CONFIG,
          '\n[[area]]\nsubsystem = "irq/msi-message"\nlevel = "contract"\n' +
            'paths = ["kernel/src/irq/msi*.rs"]\n' +
            'run = "redbear-spec/harness/target/release/msi-message"\ntimeout = 2\n',
          "",
        ),
      ),
    ],
    expected: expect("violated", ["GATE-WEAKER-CONFIG"]),
  },
  {
    name: "requirement-not-met",
    shows: "redbear-spec.toml asks for a command that the harness does not answer",
    head: [
      change(
        "redbear-spec: require managed vectors",
        replace(
          edits.CONFIG,
          'requires = ["alloc", "free"]',
          'requires = ["alloc", "free", "reserveManaged"]',
        ),
      ),
    ],
    expected: expect("violated", ["GATE-REQUIRES"]),
  },
  {
    name: "regression-deleted",
    shows: "a regression trace is deleted",
    head: [change("redbear-spec: drop an old trace", remove(edits.REGRESSION))],
    expected: expect("violated", ["GATE-LOST-REGRESSION"]),
  },
  {
    name: "configuration-broken",
    shows: "redbear-spec.toml cannot be read at head",
    head: [
      change(
        "redbear-spec: tidy",
        replace(edits.CONFIG, "build-timeout = 300", "build-timeout = soon"),
      ),
    ],
    // The gate ends with the place of the mistake; there is no report.
    expected: expect("error", ["GATE-CONFIG"]),
  },
  {
    name: "not-proven",
    shows: "in the only configuration APIC ids are CPU numbers: mixing them up would not show",
    base: [
      change(
        "redbear-spec: judge the laboratory machine alone",
        all(
          write("redbear-spec/configs/laboratory.json", `${JSON.stringify(laboratory, null, 2)}\n`),
          replace(
            edits.CONFIG,
            'release/msi-message"\n',
            'release/msi-message"\nconfigs = ["redbear-spec/configs/laboratory.json"]\n',
          ),
        ),
      ),
    ],
    head: [change("msi: say what None means", edits.explainCompose)],
    expected: expect("not proven", ["GATE-NOT-PROVEN"], {
      [MESSAGES]: { "MSI-COMPOSE-7": "not proven" },
    }),
  },
  {
    name: "flaky-harness",
    shows: "one answer of each process is wrong, at a place that its process id decides",
    head: [
      change(
        "redbear-spec: retry a free that was lost",
        all(
          replace(
            edits.VECTOR_HARNESS,
            "struct Harness {\n",
            "/// Frees that this process has answered.\n" +
              "static FREES: AtomicU32 = AtomicU32::new(0);\n\nstruct Harness {\n",
          ),
          replace(
            edits.VECTOR_HARNESS,
            "use redbear_spec::{serve, Refused, System};\n",
            "use redbear_spec::{serve, Refused, System};\n" +
              "use std::sync::atomic::{AtomicU32, Ordering};\n",
          ),
          replace(
            edits.VECTOR_HARNESS,
            "                if self.vectors.free(*cpu, *vector) {\n",
            "                if self.vectors.free(*cpu, *vector) {\n" +
              "                    let lost = 64 + std::process::id() % 64;\n" +
              "                    if FREES.fetch_add(1, Ordering::Relaxed) == lost {\n" +
              "                        return Response::Warned;\n                    }\n",
          ),
        ),
      ),
    ],
    expected: expect("error", ["GATE-UNSTABLE"]),
  },
  {
    name: "does-not-start",
    shows: "the harness ends before it has said hello",
    head: [
      change(
        "redbear-spec: read settings from a file",
        replace(
          edits.MSI_HARNESS,
          "fn main() {\n",
          "fn main() {\n" +
            '    let settings = std::fs::read_to_string("redbear-spec/settings");\n' +
            "    if settings.is_err() {\n" +
            '        eprintln!("msi-message: redbear-spec/settings is missing");\n' +
            "        std::process::exit(1);\n    }\n",
        ),
      ),
    ],
    expected: expect("error", ["GATE-START"]),
  },
];

const waiverStories: readonly Story[] = [
  {
    name: "waived",
    shows: "a new violation with a waiver of its own",
    head: [fault, waived],
    as: "both",
    expected: expect("holds", [], { [MESSAGES]: { "MSI-COMPOSE-9": "waived" } }),
  },
  {
    name: "waiver-still-needed",
    shows: "a waiver is deleted while its violation still occurs",
    base: [fault, waived],
    head: [change("redbear-spec: fewer waivers", remove(WAIVER))],
    expected: expect("violated", ["GATE-LOST-WAIVER"], {
      [MESSAGES]: { "MSI-COMPOSE-9": "known" },
    }),
  },
  {
    name: "waiver-no-longer-needed",
    shows: "a waiver is deleted together with its violation",
    base: [fault, waived],
    head: [change("msi: accept this kernel's mode alone", all(mended, remove(WAIVER)))],
    expected: expect("holds", [], { [MESSAGES]: { "MSI-COMPOSE-9": "fixed" } }),
  },
  {
    name: "waiver-expired",
    shows: `a waiver whose day is past, as of ${TODAY}`,
    base: [
      fault,
      change(
        "redbear-spec: waive the mode bit for a week",
        edits.waive("either-mode", { ...covering, expires: "2026-11-10" }),
      ),
    ],
    head: [change("msi: say what None means", edits.explainCompose)],
    expected: expect("violated", ["GATE-WAIVER-EXPIRED"]),
  },
  {
    name: "waiver-unused",
    shows: "a waiver for what does not happen",
    head: [waived, change("msi: say what None means", edits.explainCompose)],
    expected: expect("violated", ["GATE-WAIVER-UNUSED"]),
  },
  {
    name: "waiver-over-broad",
    shows: "a waiver for any trace at all",
    head: [
      fault,
      change(
        "redbear-spec: waive it all",
        edits.waive("either-mode", { ...covering, shape: ["..."] }),
      ),
    ],
    // Such a waiver covers nothing.
    expected: expect("violated", ["GATE-NEW", "GATE-WAIVER-BROAD"], {
      [MESSAGES]: { "MSI-COMPOSE-9": "new" },
    }),
  },
  {
    name: "waiver-too-long",
    shows: "a waiver for more than a year",
    head: [
      fault,
      change(
        "redbear-spec: waive it for good",
        edits.waive("either-mode", { ...covering, expires: "2036-01-31" }),
      ),
    ],
    // Such a waiver covers nothing.
    expected: expect("violated", ["GATE-NEW", "GATE-WAIVER-BROAD"], {
      [MESSAGES]: { "MSI-COMPOSE-9": "new" },
    }),
  },
];

export const gateStories: readonly Story[] = [...lossStories, ...waiverStories];
