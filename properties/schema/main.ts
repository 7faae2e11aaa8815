/** Writes the published schemas anew: `npm run generate`, after a codec has changed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSchemas, schemaText } from "../report/json.js";
import { packageRoot } from "../root.js";

for (const { file, schema } of publishedSchemas()) {
  writeFileSync(join(packageRoot(), "properties", "schema", file), schemaText(schema));
  process.stdout.write(`properties/schema/${file}\n`);
}
