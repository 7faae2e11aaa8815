import { describe, expect, it } from "vitest";
import { conformBuffer } from "./conform.js";
import { ModelMirror } from "./model-mirror.js";
import { loadRecord, recordNames } from "./testing.js";

describe("the model of the vector layer", () => {
  it.each(recordNames)("does what Linux did in %s", (name) => {
    const { text, sidecar } = loadRecord(name);
    const mirrors: ModelMirror[] = [];
    const result = conformBuffer(name, text, sidecar, (world) => {
      const mirror = new ModelMirror(world);
      mirrors.push(mirror);
      return mirror;
    });
    expect(result.verdict).toBe("holds");
    expect(mirrors[0]?.difference).toBeUndefined();
    expect(mirrors[0]?.sections).toBeGreaterThan(100);
  });

  it("is told from one that chooses another vector", () => {
    const { name, text, sidecar } = loadRecord("msi-amd");
    const mirrors: ModelMirror[] = [];
    conformBuffer(name, text, sidecar, (world) => {
      const wrong = new ModelMirror(world, (env) => ({
        ...env,
        alloc: (irq, matrix, cpus, reserved) =>
          env.alloc(irq, matrix, cpus.length > 1 ? cpus.slice(1) : cpus, reserved),
      }));
      mirrors.push(wrong);
      return wrong;
    });
    expect(mirrors[0]?.difference).toMatch(/^assign of irq \d+: Linux 0 vector 3/);
  });
});
