import { describe, expect, test } from "vitest";
import { scopeOf } from "../engine/judge.js";
import { replayLocal } from "../engine/replay.js";
import { msiMessage } from "../irq/msi-message/subsystem.js";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import { assignment } from "../irq/vector-matrix/assignment/subsystem.js";
import type { AnySubsystem } from "../subsystem.js";
import { recordedCommands, recordsFor } from "./recorded-commands.js";

describe("records of Linux as commands", () => {
  const cases: readonly [AnySubsystem, number][] = [
    [allocator, 5000],
    [msiMessage, 1000],
  ];
  test.each(cases)(
    "$path: the reference answers as Linux did, every time",
    async (subsystem, least) => {
      let commands = 0;
      for (const name of recordsFor(subsystem)) {
        const record = await recordedCommands(subsystem, name);
        if (record === undefined) continue;
        const { config, responses } = record;
        expect(subsystem.checkConfig(config as never)).toBeUndefined();
        const { judged } = scopeOf(subsystem.clauses, "linux", subsystem.observables);
        const run = replayLocal(subsystem, config, "linux", judged, record.commands);
        expect(run.clauses).toEqual([]);
        expect(run.steps.map((step) => step.response)).toEqual(responses);
        for (const command of record.commands) {
          expect(subsystem.codecs.command.is(command)).toBe(true);
        }
        commands += run.steps.length;
      }
      expect(commands).toBeGreaterThan(least);
    },
  );
  test("free names what it gives back by the command that took it", async () => {
    const record = await recordedCommands(allocator, recordsFor(allocator)[0] ?? "");
    const kinds = new Set(record?.commands.map((command) => (command as { kind: string }).kind));
    expect(kinds).toContain("freeRef");
    expect(kinds).not.toContain("free");
    expect(record?.note).toMatch(/^\d+ masks are not in the record/);
  });
  test("other subsystems have none", () => {
    expect(recordsFor(assignment)).toEqual([]);
  });
});
