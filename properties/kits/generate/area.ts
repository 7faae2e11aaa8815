/** The `Area` of a generated module: what the crate has to know of a subsystem beside its types. */
import type * as t from "io-ts";
import { type Field, shapeOf, type Variant } from "../../codec/shape.js";
import type { AnySubsystem } from "../../subsystem.js";
import { camel, identifier } from "./names.js";
import type { Types } from "./types.js";

export const indent = (lines: readonly string[], by = 1): string[] =>
  lines.map((line) => (line === "" ? "" : "    ".repeat(by) + line));

const list = (names: readonly string[]): string[] =>
  names.length === 0 ? ["&[];"] : ["&[", ...indent(names.map((n) => `"${n}",`)), "];"];

const variantsOf = (codec: t.Mixed): readonly Variant[] => {
  const shape = shapeOf(codec);
  if (shape.is !== "tagged") throw new Error(`${codec.name} is not told apart by kind`);
  return shape.variants;
};

/** The methods of `Area` about references to earlier results. */
const referenceText = (subsystem: AnySubsystem, types: Types): string[] => {
  const declared = subsystem.references?.declared;
  const head = {
    reference: "fn reference(command: &Command) -> Option<u32> {",
    given: "fn given(command: &Command, response: &Response) -> Option<Self::Given> {",
    resolve: "fn resolve(command: Command, given: Self::Given) -> Command {",
  };
  if (declared === undefined) {
    const unused = (line: string): string => line.replace(/(command|response|given):/g, "_$1:");
    return [
      "type Given = ();",
      "",
      ...[unused(head.reference), "    None", "}", ""],
      ...[unused(head.given), "    None", "}", ""],
      ...[head.resolve.replace("given:", "_given:"), "    command", "}"],
    ];
  }
  const commands = variantsOf(subsystem.codecs.command);
  const fieldsOf = (kind: string): readonly Field[] =>
    commands.find((v) => v.kind === kind)?.fields ?? [];
  const becomes = fieldsOf(declared.becomes);
  const given = declared.fields.map(identifier);
  const givenTypes = declared.fields.map((name) =>
    types.field(becomes.find((f) => f.name === name) as Field),
  );
  const kept = fieldsOf(declared.command)
    .map((f) => f.name)
    .filter((name) => name !== declared.number)
    .map(identifier);
  const sources = declared.from.map(({ command, answer }) => {
    const taken = `{ ${[...given, ".."].join(", ")} }`;
    const value = `Some((${given.map((name) => `*${name}`).join(", ")}))`;
    const response = `Response::${camel(answer)}`;
    if (command === undefined) return `(_, ${response} ${taken}) => ${value},`;
    return `(Command::${camel(command)} ${taken}, ${response}) => ${value},`;
  });
  const number = identifier(declared.number);
  return [
    `type Given = (${givenTypes.join(", ")});`,
    "",
    head.reference,
    "    match command {",
    `        Command::${camel(declared.command)} { ${number}, .. } => Some(*${number}),`,
    "        _ => None,",
    "    }",
    "}",
    "",
    head.given,
    "    match (command, response) {",
    ...indent([...sources, "_ => None,"], 2),
    "    }",
    "}",
    "",
    head.resolve,
    `    let (${given.join(", ")}) = given;`,
    "    match command {",
    `        Command::${camel(declared.command)} { ${[...kept, ".."].join(", ")} } => {`,
    `            Command::${camel(declared.becomes)} { ${[...given, ...kept].join(", ")} }`,
    "        }",
    "        other => other,",
    "    }",
    "}",
  ];
};

export const areaText = (subsystem: AnySubsystem, types: Types): string[] => {
  const declared = subsystem.references?.declared;
  const pairs = declared === undefined ? "" : `("${declared.command}", "${declared.becomes}")`;
  return [
    `/// ${subsystem.path}: ${subsystem.title}.`,
    "#[derive(Debug, Clone, Copy, PartialEq, Eq)]",
    "pub struct Area;",
    "",
    "impl Subsystem for Area {",
    ...indent([
      `const PATH: &'static str = "${subsystem.path}";`,
      ...prefixed("const COMMANDS: &'static [&'static str] = ", list(subsystem.commandKinds)),
      ...prefixed("const OBSERVABLES: &'static [&'static str] = ", list(subsystem.observables)),
      `const REFERENCES: &'static [(&'static str, &'static str)] = &[${pairs}];`,
      "type Config = Config;",
      "type Command = Command;",
      "type Response = Response;",
      "type Observation = Observation;",
      "",
      "fn kind(command: &Command) -> &'static str {",
      "    match command {",
      ...indent(
        variantsOf(subsystem.codecs.command).map(({ kind, fields }) => {
          const rest = fields.length === 0 ? "" : " { .. }";
          return `Command::${camel(kind)}${rest} => "${kind}",`;
        }),
        2,
      ),
      "    }",
      "}",
      "",
      ...referenceText(subsystem, types),
    ]),
    "}",
  ];
};

const prefixed = (prefix: string, lines: readonly string[]): string[] => [
  prefix + (lines[0] as string),
  ...lines.slice(1),
];
