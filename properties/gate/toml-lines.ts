/**
 * Lines of the keys of a TOML document, which its parser does not keep. The text is known to be
 * valid TOML; this only follows keys, tables and brackets.
 */
import { parse } from "smol-toml";

/** Line (from 1) of every key, table, and element of a list: "area.1.paths.0". */
export const tomlLines = (text: string): ReadonlyMap<string, number> => {
  const lines = new Map<string, number>();
  /** How many tables each `[[list]]` has so far. */
  const counts = new Map<string, number>();
  let at = 0;
  let line = 1;

  const step = (): void => {
    if (text[at] === "\n") line++;
    at++;
  };
  const skipTo = (end: number): void => {
    while (at < end) step();
  };
  /** Blanks and comments; newlines too where they mean nothing. */
  const skipBlank = (): void => {
    while (at < text.length) {
      if (text[at] === "#") skipTo(endOfLine());
      else if (/\s/.test(text[at] as string)) step();
      else return;
    }
  };
  const endOfLine = (): number => {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end;
  };
  const note = (path: readonly string[]): void => {
    const name = path.join(".");
    if (!lines.has(name)) lines.set(name, line);
  };

  /** End of the string that starts here. */
  const endOfString = (): number => {
    const quote = text[at] as string;
    const long = text.startsWith(quote.repeat(3), at);
    const close = long ? quote.repeat(3) : quote;
    let end = at + close.length;
    while (end < text.length && !text.startsWith(close, end)) {
      end += quote === '"' && text[end] === "\\" ? 2 : 1;
    }
    end += close.length;
    // Up to two quotes more belong to a long string that ends in quotes.
    while (long && text[end] === quote) end++;
    return end;
  };
  /** A dotted key, up to what follows it. */
  const readKey = (): string[] => {
    const path: string[] = [];
    for (;;) {
      skipBlank();
      if (text[at] === '"' || text[at] === "'") {
        const end = endOfString();
        path.push(unquoted(text.slice(at, end)));
        skipTo(end);
      } else {
        const bare = /^[A-Za-z0-9_-]*/.exec(text.slice(at, at + 1024)) as RegExpExecArray;
        path.push(bare[0]);
        skipTo(at + bare[0].length);
      }
      skipBlank();
      if (text[at] !== ".") return path;
      step();
    }
  };
  const readValue = (path: readonly string[]): void => {
    const c = text[at];
    if (c === '"' || c === "'") {
      skipTo(endOfString());
      return;
    }
    if (c !== "[" && c !== "{") {
      while (at < text.length && !/[\s,\]}#]/.test(text[at] as string)) step();
      return;
    }
    step();
    for (let n = 0; at < text.length; n++) {
      skipBlank();
      if (text[at] === "]" || text[at] === "}") {
        step();
        return;
      }
      if (c === "[") {
        note([...path, String(n)]);
        readValue([...path, String(n)]);
      } else readPair(path);
      skipBlank();
      if (text[at] === ",") step();
    }
  };
  const readPair = (prefix: readonly string[]): void => {
    const start = line;
    const key = readKey();
    for (let i = 1; i <= key.length; i++) {
      const name = [...prefix, ...key.slice(0, i)].join(".");
      if (!lines.has(name)) lines.set(name, start);
    }
    if (text[at] !== "=") {
      skipTo(endOfLine());
      return;
    }
    step();
    skipBlank();
    readValue([...prefix, ...key]);
  };
  /** The path of a table with the numbers of the lists that it lies in. */
  const numbered = (key: readonly string[], last: boolean): string[] => {
    const path: string[] = [];
    key.forEach((part, i) => {
      path.push(part);
      const count = counts.get(path.join("."));
      if (count !== undefined && (i < key.length - 1 || last)) path.push(String(count - 1));
    });
    return path;
  };

  let prefix: string[] = [];
  for (skipBlank(); at < text.length; skipBlank()) {
    if (text[at] === "[") {
      const list = text[at + 1] === "[";
      skipTo(at + (list ? 2 : 1));
      const key = readKey();
      skipTo(at + (list ? 2 : 1));
      if (list) {
        const name = numbered(key, false).join(".");
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      prefix = numbered(key, true);
      note(prefix);
    } else {
      const before = at;
      readPair(prefix);
      if (at === before) step();
    }
  }
  return lines;
};

/** The text of a quoted key. */
const unquoted = (quoted: string): string => {
  try {
    return String(parse(`k = ${quoted}`).k);
  } catch {
    return quoted;
  }
};
