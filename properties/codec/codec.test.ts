import { Ajv2020 } from "ajv/dist/2020.js";
import * as t from "io-ts";
import { describe, expect, test } from "vitest";
import { boundedInt, Hex64 } from "../../spec/core/int.js";
import { tagged } from "../../spec/core/tagged.js";
import { subsystems } from "../catalogue.js";
import { GateReport } from "../gate/report.js";
import { jsonSchema } from "./json-schema.js";
import { shapeOf } from "./shape.js";

const about = { title: "x", id: "x.schema.json" };
const small = boundedInt("n", 0, 7);
const validator = (codec: t.Mixed) =>
  new Ajv2020({ strict: true, allErrors: true }).compile(jsonSchema(codec, about));

describe("shapes", () => {
  test("of what codecs are made of", () => {
    expect(shapeOf(small)).toEqual({ is: "integer", low: 0, high: 7 });
    expect(shapeOf(Hex64)).toEqual({ is: "word64" });
    expect(shapeOf(t.readonlyArray(t.union([small, t.null])))).toEqual({
      is: "list",
      of: { is: "nullable", of: { is: "integer", low: 0, high: 7 } },
    });
    expect(shapeOf(t.union([t.literal("a"), t.literal("b")], "letter"))).toMatchObject({
      is: "literals",
      name: "letter",
      values: ["a", "b"],
    });
    expect(shapeOf(t.union([small, t.literal("b")]))).toMatchObject({
      is: "union",
      name: undefined,
    });
  });
  test("of records and tagged unions, with what may be left out", () => {
    const record = t.readonly(
      t.exact(t.intersection([t.type({ a: small }), t.partial({ b: t.string })])),
      "a thing",
    );
    const fields = [
      { name: "a", shape: { is: "integer", low: 0, high: 7 }, optional: false },
      { name: "b", shape: { is: "string" }, optional: true },
    ];
    expect(shapeOf(record)).toMatchObject({ is: "record", name: "a thing", fields });
    const union = tagged("u", { one: { a: small, b: t.union([t.string, t.undefined]) }, two: {} });
    expect(shapeOf(union)).toMatchObject({
      is: "tagged",
      variants: [
        { kind: "one", fields },
        { kind: "two", fields: [] },
      ],
    });
  });
  test("an unknown kind of codec is an error that names it", () => {
    expect(() => shapeOf(t.type({ f: t.Function }))).toThrow("no shape for the codec Function");
  });
  test("every codec of every subsystem has one", () => {
    for (const { codecs, observation } of subsystems) {
      const all = [...Object.values(codecs), observation.codec] as t.Mixed[];
      for (const codec of all) expect(["record", "tagged"]).toContain(shapeOf(codec).is);
    }
  });
});

describe("JSON Schema", () => {
  test("of the gate's report compiles and names its records", () => {
    const schema = jsonSchema(GateReport, about);
    expect(schema).toMatchObject({ $id: "x.schema.json", $ref: "#/$defs/gate-report" });
    expect(Object.keys(schema.$defs as object)).toContain("violation");
    const validate = validator(GateReport);
    expect(validate({})).toBe(false);
  });
  test.each(subsystems)("$path: what the tool writes is valid, and a strange field is not", (s) => {
    const config = validator(s.codecs.config);
    for (const campaign of s.campaigns) {
      const json = s.codecs.config.encode(campaign.config) as object;
      expect(config(json), JSON.stringify(config.errors)).toBe(true);
      expect(config({ ...json, colour: "red" })).toBe(false);
    }
    const command = validator(s.codecs.command);
    for (const { commands, config: of } of s.explorations) {
      for (const drawn of commands(of)) {
        const json = s.codecs.command.encode(drawn) as object;
        expect(command(json), JSON.stringify(json)).toBe(true);
        expect(command({ ...json, colour: "red" })).toBe(false);
      }
    }
  });
});
