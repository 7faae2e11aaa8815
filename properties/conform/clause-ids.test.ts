import { expect, it } from "vitest";
import type { AnyClause } from "../../spec/core/clause.js";
import { clauses as domainClauses } from "../../spec/irq/domain/clauses.js";
import { clauses as messageClauses } from "../../spec/irq/msi-message/clauses.js";
import { clauses as matrixClauses } from "../../spec/irq/vector-matrix/allocator/clauses.js";
import { clauses as vectorClauses } from "../../spec/irq/vector-matrix/assignment/clauses.js";
import { clauseIds, clauseLevels } from "./clause-ids.js";

it("every clause that judges a record is in the catalogue, at the same level", () => {
  const all: readonly AnyClause[] = [
    ...matrixClauses,
    ...vectorClauses,
    ...messageClauses,
    ...domainClauses,
  ];
  const told = clauseIds.map((id, i) => `${id} ${clauseLevels[i]}`);
  const known = clauseIds.map((id) => `${id} ${all.find((clause) => clause.id === id)?.level}`);
  expect(told).toEqual(known);
});
