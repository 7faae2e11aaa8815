/** The Rust module of a subsystem: its types, how they are read and printed, its references. */
import type * as t from "io-ts";
import { type Field, type Shape, shapeOf, type Variant } from "../../codec/shape.js";
import type { AnySubsystem } from "../../subsystem.js";
import { areaText, indent } from "./area.js";
import { camel, identifier } from "./names.js";
import { type Defined, type NamedShape, Types, type UnionShape } from "./types.js";

const quoted = (names: readonly string[]): string => names.map((n) => `"${n}"`).join(", ");

const derive = (...traits: readonly string[]): string => `#[derive(${traits.join(", ")})]`;

const fieldLines = (types: Types, fields: readonly Field[], visible: string): string[] =>
  fields.map((field) => `${visible}${identifier(field.name)}: ${types.field(field)},`);

const definition = (types: Types, { name, shape }: Defined): string[] => {
  switch (shape.is) {
    case "record": {
      const more = types.hasDefault(shape) ? ["Default"] : [];
      return [
        derive("Debug", "Clone", "PartialEq", "Eq", ...more),
        `pub struct ${name} {`,
        ...indent(fieldLines(types, shape.fields, "pub ")),
        "}",
      ];
    }
    case "tagged":
      return [
        derive("Debug", "Clone", "PartialEq", "Eq"),
        `pub enum ${name} {`,
        ...indent(shape.variants.flatMap((v) => variantLines(types, v))),
        "}",
      ];
    case "literals":
      return [
        derive("Debug", "Clone", "Copy", "PartialEq", "Eq"),
        `pub enum ${name} {`,
        ...indent(shape.values.map((value) => `${camel(String(value))},`)),
        "}",
      ];
    default:
      return [
        derive("Debug", "Clone", "Copy", "PartialEq", "Eq"),
        `pub enum ${name} {`,
        ...indent(unionParts(types, shape).map((part) => `${part.variant},`)),
        "}",
      ];
  }
};

const variantLines = (types: Types, { kind, fields }: Variant): string[] =>
  fields.length === 0
    ? [`${camel(kind)},`]
    : [`${camel(kind)} {`, ...indent(fieldLines(types, fields, "")), "},"];

/** A union of one number and words, which is what there is. */
const unionParts = (types: Types, shape: UnionShape) =>
  shape.of.flatMap((part): { variant: string; pattern: string; print: string; word?: string }[] => {
    if (part.is === "literals") {
      return part.values.map((value) => {
        const variant = camel(String(value));
        return { variant, pattern: variant, print: `"${value}".print(out)`, word: String(value) };
      });
    }
    if (part.is !== "integer") throw new Error(`a union with ${part.is}: no Rust type`);
    const type = types.field({ name: "", shape: part, optional: false });
    return [{ variant: `Number(${type})`, pattern: "Number(number)", print: "number.print(out)" }];
  });

/** Statements that read the fields of an object into `made`. */
const readFields = (
  types: Types,
  fields: readonly Field[],
  made: string,
  method: "fields" | "object",
): string[] => {
  if (fields.length === 0) {
    return ["r.no_fields()?;", `Ok(${made})`];
  }
  return [
    ...fields.map(({ name }) => `let mut ${identifier(name)} = None;`),
    `r.${method}(|r, name| match name {`,
    ...indent([
      ...fields.map(
        ({ name, shape }) =>
          `"${name}" => put(&mut ${identifier(name)}, ${types.reader(shape, name)}),`,
      ),
      "_ => Err(Error::no_such_field()),",
    ]),
    "})?;",
    `Ok(${made} {`,
    ...indent(
      fields.map(({ name, optional }) => {
        const at = identifier(name);
        return optional ? `${at},` : `${at}: need(${at}, "${name}")?,`;
      }),
    ),
    "})",
  ];
};

const readBody = (types: Types, { name, shape }: Defined): string[] => {
  switch (shape.is) {
    case "record":
      // The configuration comes as a line of its own kind.
      return readFields(types, shape.fields, name, name === "Config" ? "fields" : "object");
    case "tagged":
      return [
        "match &*r.kind()? {",
        ...indent([
          ...shape.variants.flatMap(({ kind, fields }) => [
            `"${kind}" => {`,
            ...indent(readFields(types, fields, `${name}::${camel(kind)}`, "fields")),
            "}",
          ]),
          `other => Err(Error::expected(other, &[${quoted(shape.variants.map((v) => v.kind))}])),`,
        ]),
        "}",
      ];
    case "literals": {
      const values = shape.values.map(String);
      return [
        `let all = [${values.map((value) => `${name}::${camel(value)}`).join(", ")}];`,
        `Ok(all[r.name(&[${quoted(values)}])?])`,
      ];
    }
    default:
      throw new Error(`${name}: a union is printed only`);
  }
};

const printFields = (fields: readonly Field[], on: string): string[] => [
  ...fields.map(({ name, optional }) => {
    const method = optional ? "optional" : "field";
    return `f.${method}("${name}", ${on}${identifier(name)})?;`;
  }),
  "f.end()",
];

const printBody = (types: Types, { name, shape }: Defined): string[] => {
  switch (shape.is) {
    case "record":
      return ["let mut f = Fields::new(out)?;", ...printFields(shape.fields, "&self.")];
    case "tagged":
      return [
        "match self {",
        ...indent(
          shape.variants.flatMap(({ kind, fields }) => {
            const variant = `${name}::${camel(kind)}`;
            if (fields.length === 0) return [`${variant} => Fields::of("${kind}", out)?.end(),`];
            const names = fields.map((f) => identifier(f.name)).join(", ");
            return [
              `${variant} { ${names} } => {`,
              ...indent([`let mut f = Fields::of("${kind}", out)?;`, ...printFields(fields, "")]),
              "}",
            ];
          }),
        ),
        "}",
      ];
    case "literals":
      return [
        "let name = match self {",
        ...indent(shape.values.map((v) => `${name}::${camel(String(v))} => "${v}",`)),
        "};",
        "name.print(out)",
      ];
    default:
      return [
        "match self {",
        ...indent(unionParts(types, shape).map((p) => `${name}::${p.pattern} => ${p.print},`)),
        "}",
      ];
  }
};

const typeText = (types: Types, defined: Defined): string[] => [
  ...definition(types, defined),
  ...(defined.reads
    ? [
        "",
        `impl Read for ${defined.name} {`,
        "    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {",
        ...indent(readBody(types, defined), 2),
        "    }",
        "}",
      ]
    : []),
  ...(defined.prints
    ? [
        "",
        `impl Print for ${defined.name} {`,
        "    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {",
        ...indent(printBody(types, defined), 2),
        "    }",
        "}",
      ]
    : []),
  "",
];

/** Path of the module of a subsystem in the crate, as its parts. */
export const moduleOf = (path: string): string[] => path.split("/").map(identifier);

/** The text of a subsystem's module. `foreign` maps codecs of other modules to their types. */
export const moduleText = (
  subsystem: AnySubsystem,
  foreign: ReadonlyMap<t.Mixed, string>,
): string => {
  const types = new Types(foreign, subsystem.path);
  const { config, command, response } = subsystem.codecs;
  const named = (codec: t.Mixed): NamedShape => shapeOf(codec) as Shape as NamedShape;
  types.define("Config", named(config), { reads: true, prints: false });
  types.define("Command", named(command), { reads: true, prints: false });
  types.define("Response", named(response), { reads: true, prints: true });
  types.define("Observation", named(subsystem.observation.codec), { reads: false, prints: true });
  const body = types.defined.flatMap((defined) => typeText(types, defined));
  const text = [...body, ...areaText(subsystem, types)].join("\n");
  const uses = [
    ...(/\bString\b/.test(text) ? ["use alloc::string::String;"] : []),
    "use alloc::vec::Vec;",
    "use core::fmt;",
  ];
  return [
    `//! The words of \`${subsystem.path}\`: ${subsystem.title}.`,
    "//!",
    `//! What they mean is written beside their codecs, in \`spec/${subsystem.path}/vocabulary.ts\`.`,
    "// Generated from the codecs by `npm run generate`; not to be edited.",
    "use crate::json::{need, put, Error, Fields, Print, Read, Reader};",
    "use crate::system::Subsystem;",
    ...uses,
    "",
    text,
    "",
  ].join("\n");
};
