import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { AnyTransition } from "../../spec/core/clause.js";
import {
  type FaultResponse,
  systemClauseIds,
  systemClauses,
} from "../../spec/core/system-clauses.js";
import { jsAllocator } from "./fixtures/places.js";
import { complete, page, session } from "./fixtures/session.js";

test("the session on the page of the protocol is what the example answers", () => {
  expect(complete).toBe(true);
  const input = session(">");
  const run = spawnSync(jsAllocator(), { shell: true, input, encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  expect(run.stdout).toBe(session("<"));
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
