/** The published JSON forms: their schemas, made out of the codecs. */
import { jsonSchema, type Schema } from "../codec/json-schema.js";
import { GateReport } from "../gate/report.js";
import { CheckReportCodec } from "./check-codec.js";

export type PublishedSchema = {
  /** Below `properties/schema`. */
  readonly file: string;
  readonly schema: Schema;
};

const published = (file: string, title: string, codec: Parameters<typeof jsonSchema>[0]) => ({
  file,
  schema: jsonSchema(codec, { title, id: `urn:redbear-spec:${file.replace(/\.json$/, "")}` }),
});

/** Every schema that is committed. `npm run generate` writes them. */
export const publishedSchemas = (): readonly PublishedSchema[] => [
  published("gate-report.schema.json", "redbear-spec gate --json", GateReport),
  published("check-report.schema.json", "redbear-spec check --json", CheckReportCodec),
];

export const schemaText = (schema: Schema): string => `${JSON.stringify(schema, null, 2)}\n`;
