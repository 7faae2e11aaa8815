import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AnyTransition } from "../../spec/core/clause.js";
import {
  type FaultResponse,
  systemClauseIds,
  systemClauses,
} from "../../spec/core/system-clauses.js";
import { jsAllocator, root } from "./fixtures/places.js";

const page = readFileSync(join(root, "properties/sut/PROTOCOL.md"), "utf8");

test("the session on the page of the protocol is what the example answers", () => {
  const session = page
    .slice(page.indexOf("```\n") + 4, page.lastIndexOf("```"))
    .trim()
    .split("\n");
  const lines = (mark: string): string[] =>
    session.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
  const input = lines(">").map((line) => `${line}\n`);
  const run = spawnSync(jsAllocator(), { shell: true, input: input.join(""), encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  expect(run.stdout.trim().split("\n")).toEqual(lines("<"));
  expect(session).toHaveLength(lines(">").length + lines("<").length);
});

test("the page lists every SYS clause", () => {
  for (const id of systemClauseIds) expect(page).toContain(`\`${id}\``);
});

test("each SYS clause is broken by its own fault alone", () => {
  for (const clause of systemClauseIds) {
    const response: FaultResponse = { kind: "system fault", clause, message: "" };
    const t = { response } as AnyTransition;
    const broken = systemClauses.filter((c) => c.kind === "step" && c.applies(t) && !c.holds(t));
    expect(broken.map((c) => c.id)).toEqual([clause]);
  }
});
