import * as t from "io-ts";

type Variants = { readonly [kind: string]: t.Props };

/** Property names whose codec admits `undefined` may be left out. */
type OptionalKeys<P extends t.Props> = {
  [K in keyof P]: undefined extends t.TypeOf<P[K]> ? K : never;
}[keyof P];

type Fields<P extends t.Props> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: t.TypeOf<P[K]>;
} & { readonly [K in OptionalKeys<P>]?: Exclude<t.TypeOf<P[K]>, undefined> };

export type TaggedValue<V extends Variants> = {
  [K in keyof V & string]: { readonly kind: K } & Fields<V[K]>;
}[keyof V & string];

export type Tagged<V extends Variants> = t.Type<TaggedValue<V>, unknown> & {
  readonly kinds: readonly (keyof V & string)[];
  readonly variants: V;
};

/**
 * A union told apart by its `kind`. Unlike `t.union` it tries one branch only, so that an error
 * names the field that is wrong, and an unknown field is an error instead of being dropped.
 */
export const tagged = <V extends Variants>(name: string, variants: V): Tagged<V> => {
  const kinds = Object.keys(variants) as (keyof V & string)[];
  const expectedKind: t.Mixed = new t.Type<unknown>(
    kinds.map((k) => `"${k}"`).join(" | "),
    (_u): _u is unknown => false,
    (u, c) => t.failure(u, c),
    t.identity,
  );
  const fields = new Map(kinds.map((k) => [k as string, Object.entries(variants[k] as t.Props)]));
  const isTagged = (u: unknown): u is TaggedValue<V> => {
    if (typeof u !== "object" || u === null) return false;
    const props = fields.get((u as { kind?: string }).kind ?? "");
    return props?.every(([key, codec]) => codec.is((u as Record<string, unknown>)[key])) ?? false;
  };
  const codec = new t.Type<TaggedValue<V>, unknown>(
    name,
    isTagged,
    (u, c) => {
      if (typeof u !== "object" || u === null || Array.isArray(u)) return t.failure(u, c);
      const input = u as Record<string, unknown>;
      const kind = input.kind;
      const props = typeof kind === "string" ? fields.get(kind) : undefined;
      if (props === undefined) {
        return t.failure(kind, [...c, { key: "kind", type: expectedKind, actual: kind }]);
      }
      const errors: t.Errors = [];
      const output: Record<string, unknown> = { kind };
      for (const [key, fieldCodec] of props) {
        const value = input[key];
        const result = fieldCodec.validate(value, [...c, { key, type: fieldCodec, actual: value }]);
        if (result._tag === "Left") errors.push(...result.left);
        else if (result.right !== undefined) output[key] = result.right;
      }
      for (const key of Object.keys(input)) {
        if (key !== "kind" && !props.some(([known]) => known === key)) {
          const none = { ...expectedKind, name: `no such field in "${String(kind)}"` } as t.Mixed;
          errors.push({
            value: input[key],
            context: [...c, { key, type: none, actual: input[key] }],
          });
        }
      }
      return errors.length > 0 ? t.failures(errors) : t.success(output as TaggedValue<V>);
    },
    (value) => {
      const output: Record<string, unknown> = { kind: value.kind };
      for (const [key, fieldCodec] of fields.get(value.kind) ?? []) {
        const field = (value as Record<string, unknown>)[key];
        if (field !== undefined) output[key] = fieldCodec.encode(field);
      }
      return output;
    },
  );
  return Object.assign(codec, { kinds, variants });
};
