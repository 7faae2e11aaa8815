/** What an io-ts codec admits, as a plain tree: schemas and generated code are functions of it. */
import type * as t from "io-ts";
import { type BoundedInt, Hex64 } from "../../spec/core/int.js";

export type Field = {
  readonly name: string;
  readonly shape: Shape;
  /** May be left out. */
  readonly optional: boolean;
};

export type Variant = { readonly kind: string; readonly fields: readonly Field[] };

/** `name` is the codec's own, absent where io-ts made one up; `codec` tells equal shapes apart. */
type Named = { readonly name: string | undefined; readonly codec: t.Mixed };

export type RecordShape = Named & { readonly is: "record"; readonly fields: readonly Field[] };
/** Told apart by `kind`; a field that is not listed is an error. */
export type TaggedShape = Named & { readonly is: "tagged"; readonly variants: readonly Variant[] };
export type LiteralsShape = Named & {
  readonly is: "literals";
  readonly values: readonly (string | number | boolean)[];
};

export type Shape =
  | { readonly is: "integer"; readonly low: number; readonly high: number }
  /** A 64-bit word as a hex string. */
  | { readonly is: "word64" }
  | { readonly is: "string" | "number" | "boolean" | "null" | "unknown" }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "nullable"; readonly of: Shape }
  | LiteralsShape
  | RecordShape
  | TaggedShape
  | (Named & { readonly is: "union"; readonly of: readonly Shape[] });

/** io-ts writes the name of an unnamed codec out of its parts. */
const ownName = (codec: t.Mixed): string | undefined =>
  /^(Readonly<|Partial<|Array<|ReadonlyArray<|\(|\{)/.test(codec.name) ? undefined : codec.name;

type Coded = t.Mixed & {
  readonly _tag?: string;
  readonly type: t.Mixed;
  readonly types: readonly t.Mixed[];
  readonly props: t.Props;
  readonly value: string | number | boolean;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly variants?: Readonly<Record<string, t.Props>>;
  readonly low?: number;
  readonly high?: number;
};

const isUndefined = (codec: t.Mixed): boolean => (codec as Coded)._tag === "UndefinedType";

/** A union with `undefined` is a field that may be left out. */
const fieldOf = (name: string, codec: t.Mixed, partial: boolean): Field => {
  const { _tag, types } = codec as Coded;
  if (_tag !== "UnionType" || !types.some(isUndefined)) {
    return { name, shape: shapeOf(codec), optional: partial };
  }
  const rest = types.filter((part) => !isUndefined(part));
  return { name, shape: unionOf(codec, rest), optional: true };
};

const fieldsOf = (props: t.Props, partial: boolean): readonly Field[] =>
  Object.entries(props).map(([name, codec]) => fieldOf(name, codec, partial));

const unionOf = (codec: t.Mixed, types: readonly t.Mixed[]): Shape => {
  const shapes = types.map(shapeOf);
  const present = shapes.filter(({ is }) => is !== "null");
  const name = ownName(codec);
  let whole = present[0] as Shape;
  if (present.every((shape) => shape.is === "literals")) {
    const values = present.flatMap((shape) => (shape as LiteralsShape).values);
    whole = { is: "literals", name, codec, values };
  } else if (present.length > 1) {
    whole = { is: "union", name, codec, of: present };
  }
  return present.length < shapes.length ? { is: "nullable", of: whole } : whole;
};

/** The fields of a record, of whatever it is wrapped into. */
const recordFields = (codec: t.Mixed): readonly Field[] => {
  const part = codec as Coded;
  switch (part._tag) {
    case "ReadonlyType":
    case "ExactType":
      return recordFields(part.type);
    case "IntersectionType":
      return part.types.flatMap(recordFields);
    case "InterfaceType":
      return fieldsOf(part.props, false);
    case "PartialType":
      return fieldsOf(part.props, true);
    default:
      throw new Error(`no shape for ${codec.name} inside a record`);
  }
};

/** The shape of a codec. Throws on a codec of a kind that is not known here, by its name. */
export const shapeOf = (codec: t.Mixed): Shape => {
  const part = codec as Coded;
  if (codec === (Hex64 as t.Mixed)) return { is: "word64" };
  if (part.low !== undefined && part.high !== undefined) {
    const { low, high } = codec as BoundedInt;
    return { is: "integer", low, high };
  }
  const named = { name: ownName(codec), codec };
  if (part.variants !== undefined) {
    const variants = Object.entries(part.variants).map(([kind, props]) => ({
      kind,
      fields: fieldsOf(props, false),
    }));
    return { is: "tagged", ...named, variants };
  }
  switch (part._tag) {
    case "StringType":
      return { is: "string" };
    case "NumberType":
      return { is: "number" };
    case "BooleanType":
      return { is: "boolean" };
    case "NullType":
      return { is: "null" };
    case "UnknownType":
    // An object of any content.
    case "AnyDictionaryType":
      return { is: "unknown" };
    case "LiteralType":
      return { is: "literals", ...named, values: [part.value] };
    case "KeyofType":
      return { is: "literals", ...named, values: Object.keys(part.keys) };
    case "UnionType":
      return unionOf(codec, part.types);
    case "ArrayType":
    case "ReadonlyArrayType":
      return { is: "list", of: shapeOf(part.type) };
    case "ReadonlyType":
    case "ExactType": {
      const inner = (part.type as Coded)._tag ?? "";
      if (/^(Exact|Intersection|Interface|Partial)Type$/.test(inner)) break;
      return shapeOf(part.type);
    }
    case "IntersectionType":
    case "InterfaceType":
    case "PartialType":
      break;
    default:
      throw new Error(`no shape for the codec ${codec.name}`);
  }
  return { is: "record", ...named, fields: recordFields(codec) };
};
