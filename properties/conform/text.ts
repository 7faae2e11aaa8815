/** A conformance result as text. The same record gives the same bytes. */
import type { ConformResult, KindCount } from "./result.js";
import type { FieldComparison, Violation } from "./violation.js";

const right = (value: number | string, width: number): string => String(value).padStart(width);

const kindLine = (width: number, k: KindCount): string =>
  `  ${k.event.padEnd(width)}${right(k.seen, 8)}${right(k.linux, 8)}${right(k.contract, 10)}` +
  `${right(k.informational, 6)}${right(k.notJudged, 12)}`;

const kindTable = (kinds: readonly KindCount[]): string[] => {
  const width = Math.max(5, ...kinds.map((k) => k.event.length));
  const head =
    `  ${"event".padEnd(width)}${right("seen", 8)}${right("linux", 8)}${right("contract", 10)}` +
    `${right("info", 6)}${right("not judged", 12)}`;
  const sum = (pick: (k: KindCount) => number): number => kinds.reduce((n, k) => n + pick(k), 0);
  const total: KindCount = {
    event: "all",
    seen: sum((k) => k.seen),
    linux: sum((k) => k.linux),
    contract: sum((k) => k.contract),
    informational: sum((k) => k.informational),
    notJudged: sum((k) => k.notJudged),
  };
  return [head, ...kinds.map((k) => kindLine(width, k)), kindLine(width, total)];
};

const fieldTable = (fields: readonly FieldComparison[]): string[] => {
  if (fields.length === 0) return [];
  const name = Math.max(5, ...fields.map((f) => f.field.length)) + 2;
  const value = Math.max(5, ...fields.map((f) => f.linux.length)) + 2;
  return [
    "",
    `  ${"field".padEnd(name)}${"linux".padEnd(value)}model`,
    ...fields.map((f) => {
      const mark = f.first ? "   <- first difference" : "";
      return `  ${f.field.padEnd(name)}${f.linux.padEnd(value)}${f.model ?? "(undecided)"}${mark}`;
    }),
  ];
};

const violationText = (v: Violation): string[] => [
  "",
  `violates ${v.clause}  [${v.level}]`,
  `  at       ${v.file}:${v.line}, the furthest event reached`,
  `  event    ${v.event}`,
  `  why      ${v.reason}`,
  ...fieldTable(v.fields),
  ...(v.could.length === 0 ? [] : ["", "  the model could have done"]),
  ...v.could.map((line) => `    ${line}`),
  ...(v.context.length === 0 ? [] : ["", "  before it"]),
  ...v.context.map(({ line, text }) => `    ${line}  ${text}`),
];

export const conformText = (r: ConformResult): string =>
  [
    `${r.file}: ${r.verdict}`,
    `  record ${r.record}, Linux ${r.kernel}, ${r.cpus} CPUs, level ${r.level}`,
    `  ${r.events} events, ${r.unexplained} unexplained`,
    ...r.spans.map(
      (s) =>
        `  lines ${s.fromLine}..${s.toLine}: ${s.verdict}` +
        (s.reason === undefined ? "" : ` (${s.reason})`),
    ),
    ...r.unfinished.map((u) => `  context ${u.context} was not finished: awaits ${u.awaits}`),
    "",
    ...kindTable(r.kinds),
    "",
    `  clauses judged: ${r.clauses.map((c) => `${c.clause} ${c.judged}`).join(", ") || "none"}`,
    ...(r.violation === undefined ? [] : violationText(r.violation)),
    "",
  ].join("\n");
