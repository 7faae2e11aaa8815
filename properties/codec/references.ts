/**
 * How commands name earlier results, as data: the engines and the generated code of the kits
 * are both made of it.
 */
export type ReferenceDeclaration = {
  /** The kind of command that names a result, and its field with the number. */
  readonly command: string;
  readonly number: string;
  /** The kind that it becomes, with these fields taken from the result. */
  readonly becomes: string;
  readonly fields: readonly string[];
  /**
   * What gives a result: answers of this kind, where `command` is absent by their own fields, else
   * by those of that command.
   */
  readonly from: readonly { readonly command?: string; readonly answer: string }[];
};

type Value = { readonly kind: string };
type Fields = Readonly<Record<string, unknown>>;

const key = (fields: readonly string[], of: Value): string => {
  let text = "";
  for (const field of fields) {
    text += `${text === "" ? "" : ":"}${String((of as unknown as Fields)[field])}`;
  }
  return text;
};

/** What the engines need of it. Fields of a result are whole numbers. */
export const references = <Command extends Value, Response extends Value>(
  declared: ReferenceDeclaration,
) => {
  const { command: kind, number, becomes, fields, from } = declared;
  return {
    declared,
    /** What a command was given, as a key. */
    produced: (command: Command, response: Response): string | undefined => {
      for (const source of from) {
        if (response.kind !== source.answer) continue;
        if (source.command === undefined) return key(fields, response);
        if (source.command === command.kind) return key(fields, command);
      }
      return undefined;
    },
    refer: (command: Command, find: (key: string) => number | undefined): Command | undefined => {
      if (command.kind !== becomes) return undefined;
      const ref = find(key(fields, command));
      if (ref === undefined) return undefined;
      const kept = Object.entries(command).filter(([f]) => f !== "kind" && !fields.includes(f));
      return { kind, [number]: ref, ...Object.fromEntries(kept) } as unknown as Command;
    },
    refersTo: (command: Command): number | undefined =>
      command.kind === kind ? ((command as unknown as Fields)[number] as number) : undefined,
    renumber: (command: Command, ref: number): Command =>
      command.kind === kind ? { ...command, [number]: ref } : command,
    resolve: (command: Command, produced: string): Command => {
      if (command.kind !== kind) return command;
      const values = produced.split(":").map((value, i) => [fields[i], Number(value)]);
      const kept = Object.entries(command).filter(([f]) => f !== "kind" && f !== number);
      return Object.fromEntries([["kind", becomes], ...values, ...kept]) as unknown as Command;
    },
  };
};
