import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSidecar, sidecarPath } from "../../traces/format/sidecar.js";

const folder = mkdtempSync(join(tmpdir(), "redbear-sidecar-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = {
  name: "x",
  kernel: "7.0.13",
  lost: { per_cpu_overrun_and_commit_overrun: [[0, 0]], dropped: 0 },
  event_counts: { mx_al: 3 },
  anything: "else",
};

const read = async (content: unknown): Promise<string> => {
  const file = join(folder, "x.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  try {
    return (await readSidecar(file, "x.trace")).name;
  } catch (error) {
    return (error as Error).message.replace(`${folder}/`, "");
  }
};

describe("a sidecar", () => {
  it("stands beside its record", () => {
    expect(sidecarPath("a.b/vectors.trace.gz")).toBe("a.b/vectors.json");
    expect(sidecarPath("vectors.trace")).toBe("vectors.json");
    expect(sidecarPath("a.b/vectors")).toBe("a.b/vectors.json");
  });

  it("is decoded, other keys ignored", async () => {
    expect(await read(good)).toBe("x");
  });

  it.each([
    ["{", 'x.json: found "{", expected one JSON value'],
    [{ ...good, kernel: 7 }, "x.json: field kernel: found 7, expected string"],
    [
      { ...good, lost: { ...good.lost, dropped: -1 } },
      "x.json: field lost.dropped: found -1, expected a whole number of at least 0",
    ],
  ])("that is wrong names the field", async (content, message) => {
    expect(await read(content)).toBe(message);
  });

  it("that is missing is named", async () => {
    await expect(readSidecar(join(folder, "none.json"), "none.trace")).rejects.toThrow(
      /^none\.trace: its sidecar .*none\.json is missing$/,
    );
  });
});
