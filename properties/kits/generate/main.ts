/** Writes the generated part of the Rust kit: `npm run generate`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../root.js";
import { generatedFiles, manifestOf } from "./files.js";

const crate = join(packageRoot(), "properties/kits/rust");
const folder = join(crate, "src/generated");
rmSync(folder, { recursive: true, force: true });
for (const [path, text] of generatedFiles()) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
const manifest = join(crate, "Cargo.toml");
writeFileSync(manifest, manifestOf(readFileSync(manifest, "utf8")));
