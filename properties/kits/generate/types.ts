/** The Rust types of a subsystem's shapes, with the expressions that read them. */
import type * as t from "io-ts";
import type { Field, LiteralsShape, RecordShape, Shape, TaggedShape } from "../../codec/shape.js";
import { typeName } from "./names.js";

export type UnionShape = Extract<Shape, { is: "union" }>;
export type NamedShape = LiteralsShape | RecordShape | TaggedShape | UnionShape;

/** A type that gets a definition of its own. */
export type Defined = {
  readonly name: string;
  readonly shape: NamedShape;
  /** It is read from JSON somewhere; all are printed. */
  reads: boolean;
  prints: boolean;
};

export type Use = { readonly reads: boolean; readonly prints: boolean };

/** The types of one module, in the order in which they are met. */
export class Types {
  readonly defined: Defined[] = [];
  /** Types of other modules by their codec, as paths. */
  readonly #foreign: ReadonlyMap<t.Mixed, string>;
  readonly #where: string;

  constructor(foreign: ReadonlyMap<t.Mixed, string>, where: string) {
    this.#foreign = foreign;
    this.#where = where;
  }

  /** Gives a shape its definition, and those of its parts. */
  define(name: string, shape: NamedShape, use: Use): void {
    const known = this.defined.find((type) => type.name === name);
    if (known !== undefined) {
      if (known.shape.codec !== shape.codec && !sameText(known.shape, shape)) {
        throw new Error(`${this.#where}: two types would be called ${name}`);
      }
      if ((known.reads || !use.reads) && (known.prints || !use.prints)) return;
      known.reads ||= use.reads;
      known.prints ||= use.prints;
    } else this.defined.push({ name, shape, ...use });
    for (const { name: field, shape: part } of partsOf(shape)) this.#visit(part, field, use);
  }

  #visit(shape: Shape, field: string, use: Use): void {
    if (shape.is === "list" || shape.is === "nullable") this.#visit(shape.of, field, use);
    else if (isNamed(shape) && !this.#foreign.has(shape.codec)) {
      this.define(this.nameOf(shape, field), shape, use);
    }
  }

  nameOf(shape: NamedShape, field: string): string {
    return this.#foreign.get(shape.codec) ?? typeName(shape.name, field);
  }

  /** The Rust type of a field. */
  field({ name, shape, optional }: Field): string {
    const type = this.#type(shape, name);
    return optional ? `Option<${type}>` : type;
  }

  #type(given: Shape, field: string): string {
    const shape = ranged(given);
    switch (shape.is) {
      case "integer":
        return integerType(shape);
      case "word64":
        return "u64";
      case "boolean":
        return "bool";
      case "string":
        return "String";
      case "list":
        return `Vec<${this.#type(shape.of, field)}>`;
      case "nullable":
        return `Option<${this.#type(shape.of, field)}>`;
      case "number":
      case "null":
      case "unknown":
        throw new Error(`${this.#where}: field ${field} is ${shape.is}: no Rust type`);
      default:
        return this.nameOf(shape, field);
    }
  }

  /** An expression of type `Result<T, Error>` that reads a value from `r`. */
  reader(given: Shape, field: string): string {
    const shape = ranged(given);
    switch (shape.is) {
      case "integer": {
        const method = integerType(shape) === "i64" ? "integer" : integerType(shape);
        return `r.${method}(${grouped(shape.low)}, ${grouped(shape.high)})`;
      }
      case "word64":
        return "r.word()";
      case "boolean":
        return "r.boolean()";
      case "string":
        return "r.string().map(|text| text.into_owned())";
      case "list":
        return `r.list(|r| ${this.reader(shape.of, field)})`;
      case "nullable":
        return `r.nullable(|r| ${this.reader(shape.of, field)})`;
      case "number":
      case "null":
      case "unknown":
        throw new Error(`${this.#where}: field ${field} is ${shape.is}: no Rust type`);
      default:
        return `${this.nameOf(shape, field)}::read(r)`;
    }
  }

  /** Whether `Default` can be derived, for observations of which little is shown. */
  hasDefault(given: Shape): boolean {
    const shape = ranged(given);
    switch (shape.is) {
      case "record":
        return shape.fields.every((f) => f.optional || this.hasDefault(f.shape));
      case "literals":
      case "tagged":
      case "union":
        return false;
      default:
        return true;
    }
  }
}

/** Rust has no type of a few numbers: they are integers of the range that holds them. */
const ranged = (shape: Shape): Shape => {
  if (shape.is !== "literals") return shape;
  const numbers = shape.values.filter((value): value is number => typeof value === "number");
  if (numbers.length < shape.values.length) return shape;
  return { is: "integer", low: Math.min(...numbers), high: Math.max(...numbers) };
};

export const isNamed = (given: Shape): given is NamedShape => {
  const shape = ranged(given);
  return (
    shape.is === "literals" ||
    shape.is === "record" ||
    shape.is === "tagged" ||
    shape.is === "union"
  );
};

/** Two codecs of the same words are one type. */
const sameText = (a: NamedShape, b: NamedShape): boolean => {
  const plain = (shape: NamedShape): string =>
    JSON.stringify(shape, (key, value: unknown) => (key === "codec" ? undefined : value));
  return plain(a) === plain(b);
};

const partsOf = (shape: NamedShape): readonly { name: string; shape: Shape }[] => {
  switch (shape.is) {
    case "record":
      return shape.fields;
    case "tagged":
      return shape.variants.flatMap(({ fields }) => fields);
    default:
      return [];
  }
};

const integerType = ({ low, high }: { low: number; high: number }): "u32" | "i32" | "i64" => {
  if (low >= 0 && high <= 0xffffffff) return "u32";
  return low >= -(2 ** 31) && high < 2 ** 31 ? "i32" : "i64";
};

/** 65535 -> 65_535 */
const grouped = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, "_");
