/** Each subsystem is a feature of the crate, so that a harness compiles the words it uses alone. */
import { subsystems } from "../../catalogue.js";

/** `irq/msi-message` is `irq-msi-message`. */
export const featureOf = (path: string): string => path.replaceAll("/", "-");

/** Subsystems whose types the module of one uses: by name in its text, or by lying below it. */
export const needed = (path: string, text: string, moduleOf: (path: string) => string[]) =>
  subsystems
    .map((other) => other.path)
    .filter((other) => other !== path)
    .filter(
      (other) =>
        path.startsWith(`${other}/`) || text.includes(`crate::${moduleOf(other).join("::")}::`),
    );

const BEGIN = "# Areas, a feature each; written by `npm run generate`.\n";
const END = "# End of the areas.\n";

/** The crate's Cargo.toml with its list of areas. */
export const withFeatures = (
  manifest: string,
  uses: ReadonlyMap<string, readonly string[]>,
): string => {
  const [before, rest] = manifest.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error("Cargo.toml of the kit has no place for the areas");
  }
  const quoted = (paths: readonly string[]): string =>
    `[${paths.map((path) => `"${featureOf(path)}"`).join(", ")}]`;
  const lines = [...uses].map(([path, others]) => `${featureOf(path)} = ${quoted(others)}`);
  const all = `all = [\n${[...uses.keys()].map((path) => `    "${featureOf(path)}",\n`).join("")}]`;
  return `${before}${BEGIN}${[...lines, all].join("\n")}\n${END}${after}`;
};
