/** What the verdict rests on: changed files, waivers, builds and stages, recorded Linux traces. */
import type { ChangedFile, GateReport, Side, Stage } from "../../gate/report.js";
import { grouped } from "../table.js";
import { type Child, dataTable, h, lines, type Markup, type Row } from "./markup.js";
import { duration, section, verdictBadge } from "./words.js";

const ROLES: readonly ChangedFile["role"][] = [
  "unmapped",
  "kernel",
  "configuration",
  "waiver",
  "regression",
  "harness",
  "other",
];
/** A patch may touch thousands. */
const MOST_FILES = 500;

const fileRow = (file: ChangedFile): Row => ({
  attributes: { class: file.role === "unmapped" ? "loud" : undefined },
  cells: [
    [
      h("code", {}, file.path),
      file.from !== undefined &&
        h("div", { class: "muted small" }, "from ", h("code", {}, file.from)),
    ],
    file.status,
    file.binary ? "binary" : `+${grouped(file.added)} −${grouped(file.removed)}`,
    file.role === "unmapped" ? h("b", {}, "! unmapped kernel file") : file.role,
    file.role === "unmapped" ? h("b", {}, "no area: every one is run") : file.areas.join(", "),
  ],
});

export const files = (report: GateReport): Markup | undefined => {
  if (report.files.length === 0) return undefined;
  const sorted = [...report.files].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  const rest = sorted.length - MOST_FILES;
  return section(
    "files",
    `Changed files (${report.files.length})`,
    dataTable(
      "Changed files",
      [
        { title: "File", wide: true },
        { title: "Status" },
        { title: "Lines", number: true },
        { title: "Role" },
        { title: "Areas" },
      ],
      sorted.slice(0, MOST_FILES).map(fileRow),
    ),
    rest > 0 ? h("p", {}, `and ${grouped(rest)} more files`) : undefined,
  );
};

export const waivers = (report: GateReport): Markup | undefined =>
  report.waivers.length === 0
    ? undefined
    : section(
        "waivers",
        `Waivers (${report.waivers.length})`,
        dataTable(
          "Waivers",
          [
            { title: "File" },
            { title: "Clause" },
            { title: "Reason", wide: true },
            { title: "Owner" },
            { title: "Expires" },
            { title: "State" },
          ],
          report.waivers.map((w) => ({
            cells: [
              h("code", {}, w.file),
              [w.clause, h("div", { class: "muted small" }, w.area)],
              [w.reason, h("div", { class: "muted small" }, w.shape.join("; "))],
              w.owner,
              w.expires,
              w.state === "used" ? w.state : h("b", {}, w.state),
            ],
          })),
        ),
      );

const figures = (stage: Stage): string =>
  [
    stage.runs === undefined ? "" : `${grouped(stage.runs)} runs`,
    stage.states === undefined ? "" : `${grouped(stage.states)} states`,
    stage.transitions === undefined ? "" : `${grouped(stage.transitions)} transitions`,
    stage.hash === undefined ? "" : `hash ${stage.hash}`,
    stage.note ?? "",
  ]
    .filter((part) => part !== "")
    .join(", ");

const stageRows = (subsystem: string, name: string, side: Side): Row[] =>
  side.stages.map((stage) => ({
    cells: [
      [subsystem, " ", h("b", {}, name)],
      stage.kind,
      stage.name,
      grouped(stage.commands),
      figures(stage),
      stage.complete ? "complete" : h("b", {}, "cut short"),
    ],
  }));

const sideLine = (name: string, side: Side): Child => [
  h("dt", {}, name),
  h(
    "dd",
    {},
    side.state === "judged" ? "judged" : h("b", {}, side.state),
    side.name !== undefined && [", harness ", h("code", {}, side.name)],
    `, build ${side.buildCached ? "cached" : duration(side.buildMs)}`,
    `, judging ${duration(side.judgeMs)}`,
    `, ${grouped(side.evaluations)} clause evaluations`,
    side.commands.length > 0 && `, answers ${side.commands.join(" ")}`,
    side.observes.length > 0 && `, shows ${side.observes.join(" ")}`,
    side.why !== undefined && lines(side.why),
  ),
];

export const stages = (report: GateReport): Markup | undefined => {
  if (report.areas.length === 0) return undefined;
  const rows = report.areas.flatMap((area) => [
    ...stageRows(area.subsystem, "base", area.base),
    ...stageRows(area.subsystem, "head", area.head),
  ]);
  return section(
    "stages",
    "Builds and searches",
    ...report.areas.map((area) =>
      h(
        "div",
        {},
        h("h3", {}, area.subsystem),
        h("dl", { class: "facts" }, sideLine("base", area.base), sideLine("head", area.head)),
      ),
    ),
    rows.length === 0
      ? undefined
      : dataTable(
          "Searches",
          [
            { title: "Area" },
            { title: "Search" },
            { title: "Of", wide: true },
            { title: "Commands", number: true },
            { title: "Figures" },
            { title: "End" },
          ],
          rows,
        ),
  );
};

export const records = (report: GateReport): Markup | undefined =>
  report.records.length === 0
    ? undefined
    : section(
        "records",
        "Recorded Linux traces",
        dataTable(
          "Recorded Linux traces",
          [
            { title: "Record", wide: true },
            { title: "Events", number: true },
            { title: "Linux level", number: true },
            { title: "Contract", number: true },
            { title: "Informational", number: true },
            { title: "Verdict" },
          ],
          report.records.map((r) => ({
            cells: [
              [h("code", {}, r.file), r.explanation !== undefined && lines(r.explanation)],
              grouped(r.events),
              grouped(r.linux),
              grouped(r.contract),
              grouped(r.informational),
              verdictBadge(r.verdict),
            ],
          })),
        ),
      );
