/** Names of the generated Rust: kinds in UpperCamelCase, fields in snake_case. */

/** "per-cpu", "ENOSPC", "allocManaged", "an alias" -> "PerCpu", "Enospc", "AllocManaged", "Alias" */
export const camel = (text: string): string =>
  text
    .replace(/^an? /, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => (/[a-z]/.test(word) ? word : word.toLowerCase()))
    .map((word) => (word[0] as string).toUpperCase() + word.slice(1))
    .join("");

/** "addressLo" -> "address_lo", without regard to keywords. */
export const snake = (text: string): string =>
  text.replace(/[^A-Za-z0-9]+/g, "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const KEYWORDS = new Set(
  `abstract as async await become box break const continue do dyn else enum extern false final fn
  for if impl in let loop macro match mod move mut override priv pub ref return static struct trait
  true try type typeof unsafe unsized use virtual where while yield`.split(/\s+/),
);
/** Those that `r#` does not help. */
const RESERVED = new Set(["self", "super", "crate", "Self"]);

/** A field or module in Rust. */
export const identifier = (text: string): string => {
  const name = snake(text);
  if (RESERVED.has(name)) return `${name}_`;
  return KEYWORDS.has(name) ? `r#${name}` : name;
};

/** "entries" -> "entry": the type of the items of a list is named after one of them. */
const singular = (text: string): string => {
  if (text.endsWith("ies")) return `${text.slice(0, -3)}y`;
  return text.endsWith("s") ? text.slice(0, -1) : text;
};

/** Where a field alone makes a poor name of its type. */
const BETTER: Readonly<Record<string, string>> = {
  error: "Errno",
  name: "Register",
  cache: "Cached",
  vectors: "VectorBlock",
};

/** The name of a type: its codec's, where that is a word or two, else the field's. */
export const typeName = (codecName: string | undefined, field: string): string => {
  if (codecName !== undefined && /^(an? )?[A-Za-z]+( [A-Za-z]+)?$/.test(codecName)) {
    return camel(codecName);
  }
  return BETTER[field] ?? camel(singular(field));
};
