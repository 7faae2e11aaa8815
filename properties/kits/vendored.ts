/** The Rust kit as a kernel repository gets it: the crate without its own examples and tests. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Parts of the crate that a kernel has no use for. */
const LEAVE = ["target", "tests", "examples", "benches"];
/** In Cargo.toml they stand from this line on. */
const OWN = "# Targets of this folder alone.\n";

const under = (folder: string, at = ""): string[] =>
  readdirSync(join(folder, at), { withFileTypes: true }).flatMap((entry) => {
    const path = at === "" ? entry.name : `${at}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return LEAVE.includes(entry.name) ? [] : under(folder, path);
  });

/** Files by their path in the crate, ascending. `root` is the folder of this package. */
export const vendoredKit = (root: string): ReadonlyMap<string, Buffer> => {
  const kit = join(root, "properties/kits/rust");
  return new Map(
    under(kit)
      .sort()
      .map((name) => {
        const content = readFileSync(join(kit, name));
        if (name !== "Cargo.toml") return [name, content];
        const [manifest] = content.toString().split(OWN) as [string];
        return [name, Buffer.from(`${manifest.trimEnd()}\n`)];
      }),
  );
};
