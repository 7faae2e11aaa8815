import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../root.js";
import { checkReport } from "./fixtures/check-sample.js";
import { gateSample, gateSamples } from "./fixtures/gate-samples.js";
import { publishedSchemas } from "./json.js";

const read = (file: string): unknown =>
  JSON.parse(readFileSync(join(packageRoot(), "properties", "schema", file), "utf8"));
const json = (value: unknown) => JSON.parse(JSON.stringify(value));
const validator = (file: string) => new Ajv2020({ allErrors: true }).compile(read(file) as object);

describe("the published schemas", () => {
  for (const { file, schema } of publishedSchemas()) {
    it(`${file} is what the codec says (else: npm run generate)`, () => {
      expect(read(file)).toEqual(json(schema));
    });
  }

  it("accept the reports, and refuse what is none", () => {
    const gate = validator("gate-report.schema.json");
    for (const [name, report] of gateSamples()) {
      gate(json(report));
      expect(gate.errors ?? [], name).toEqual([]);
    }
    expect(gate({ ...json(gateSample("holds")), verdict: "passed" })).toBe(false);
    expect(gate({ ...json(gateSample("holds")), more: 1 })).toBe(false);
    const check = validator("check-report.schema.json");
    check(json(checkReport()));
    expect(check.errors ?? []).toEqual([]);
    expect(check({ ...json(checkReport()), areas: undefined })).toBe(false);
  });
});
