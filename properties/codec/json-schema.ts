/** JSON Schema (draft 2020-12) of what a codec reads and writes. */
import type * as t from "io-ts";
import { type Field, type Shape, shapeOf } from "./shape.js";

export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

export type Schema = { readonly [keyword: string]: unknown };

const constants = (values: readonly unknown[]): Schema =>
  values.length === 1 ? { const: values[0] } : { enum: values };

/** Named records stand once, under `$defs`, and are referred to. */
class Writer {
  readonly defs: Record<string, Schema> = {};
  readonly #keys = new Map<t.Mixed, string>();

  schema(shape: Shape): Schema {
    switch (shape.is) {
      case "integer":
        return { type: "integer", minimum: shape.low, maximum: shape.high };
      case "word64":
        return { type: "string", pattern: "^0x[0-9a-f]{1,16}$" };
      case "unknown":
        return {};
      case "list":
        return { type: "array", items: this.schema(shape.of) };
      case "nullable":
        return { anyOf: [this.schema(shape.of), { type: "null" }] };
      case "literals":
        return constants(shape.values);
      case "union":
        return { anyOf: shape.of.map((part) => this.schema(part)) };
      case "record":
        return this.#shared(shape.name, shape.codec, () => this.#record(shape.fields));
      case "tagged":
        return this.#shared(shape.name, shape.codec, () => ({
          oneOf: shape.variants.map(({ kind, fields }) => this.#record(fields, kind)),
        }));
      default:
        return { type: shape.is };
    }
  }

  #record(fields: readonly Field[], kind?: string): Schema {
    const properties: Record<string, Schema> = kind === undefined ? {} : { kind: { const: kind } };
    for (const { name, shape } of fields) properties[name] = this.schema(shape);
    const required = fields.filter(({ optional }) => !optional).map(({ name }) => name);
    return {
      type: "object",
      properties,
      required: kind === undefined ? required : ["kind", ...required],
      additionalProperties: false,
    };
  }

  #shared(name: string | undefined, codec: t.Mixed, make: () => Schema): Schema {
    if (name === undefined) return make();
    const known = this.#keys.get(codec);
    if (known !== undefined) return { $ref: `#/$defs/${known}` };
    const slug = name
      .replace(/^an? /, "")
      .replace(/[^A-Za-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
    let key = slug;
    for (let n = 2; key in this.defs; n++) key = `${slug}-${n}`;
    this.#keys.set(codec, key);
    // Taken before it is made: its parts may have the same name.
    this.defs[key] = {};
    this.defs[key] = make();
    return { $ref: `#/$defs/${key}` };
  }
}

/**
 * The schema of a codec's JSON. Fields that the codec would drop are not allowed, so that what
 * the tool writes is known to be documented.
 */
export const jsonSchema = (
  codec: t.Mixed,
  about: { readonly title: string; readonly id: string },
): Schema => {
  const writer = new Writer();
  const root = writer.schema(shapeOf(codec));
  const head = { $schema: DIALECT, $id: about.id, title: about.title };
  return { ...head, ...root, ...(Object.keys(writer.defs).length > 0 && { $defs: writer.defs }) };
};
