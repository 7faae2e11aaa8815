/** Writes the generated part of the Rust kit: `npm run generate`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../root.js";
import { generatedFiles } from "./files.js";

const folder = join(packageRoot(), "properties/kits/rust/src/generated");
rmSync(folder, { recursive: true, force: true });
for (const [path, text] of generatedFiles()) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
