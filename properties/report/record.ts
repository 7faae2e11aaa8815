import * as t from "io-ts";

/** An object with fields that must be there and fields that may; unknown ones are dropped. */
export const record = <R extends t.Props, O extends t.Props>(
  required: R,
  optional: O,
  name: string,
) => t.readonly(t.exact(t.intersection([t.type(required), t.partial(optional)])), name);
