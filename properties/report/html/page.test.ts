import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gateSample, gateSamples } from "../fixtures/gate-samples.js";
import { HOSTILE_TEXTS, hostile, UNSAFE } from "../fixtures/hostile.js";
import type { Picture } from "../picture.js";
import { pageData, runs } from "./data.js";
import { gridDrawing } from "./draw/grid.js";
import { inOrder } from "./history.js";
import { h, jsonText } from "./markup.js";
import { gateHtml } from "./page.js";
import { clientScript } from "./script.js";

/** Tags of a page, with the data and scripts taken out. */
const tagsOf = (page: string): string[] =>
  [
    ...page
      .replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "")
      .matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z:-]+(?:="[^"<>]*")?)*)\s*\/?>/gi),
  ].map((match) => match[0] as string);

describe("the page", () => {
  it("is made of every sample, with headline, blockers, violations and clauses", () => {
    for (const [name, report] of gateSamples()) {
      const page = gateHtml(report);
      expect(page.includes('<section id="blockers"'), name).toBe(report.blockers.length > 0);
      for (const area of report.areas) {
        for (const clause of area.clauses) expect(page, name).toContain(`<b>${clause.id}</b>`);
      }
      const drawn = page.match(/<details class="violation"/g) ?? [];
      expect(drawn, name).toHaveLength(report.areas.flatMap((a) => a.violations).length);
    }
  });

  it("stays below 400 KB without its data, charts included", () => {
    const report = gateSample("new violation");
    const page = gateHtml(report, [{ ...report, at: "2026-01-01T00:00:00Z" }]);
    const data = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
    expect(page).toContain("uPlot");
    expect(page.length - data.length).toBeLessThan(400_000);
  });

  it("lets its own scripts run and no others", () => {
    const page = gateHtml(gateSample("new violation"));
    const script = /<script type="module">([\s\S]*?)<\/script>/.exec(page)?.[1] as string;
    const hash = createHash("sha256").update(script).digest("base64");
    expect(page).toContain(`script-src &#39;sha256-${hash}&#39;`);
    expect(page).toContain("default-src &#39;none&#39;");
    expect(page).not.toMatch(/\b(src|href)="(?!#)/);
  });

  it("is the same for the same report", () => {
    const report = gateSample("three areas");
    expect(gateHtml(report)).toBe(gateHtml(report));
  });

  it("takes every text of the repository as text", () => {
    const report = gateSample("hostile texts");
    const page = gateHtml(report);
    expect(page).not.toMatch(UNSAFE);
    const tags = tagsOf(page);
    expect(tags.some((tag) => /^<(img|iframe|object)|\son/i.test(tag))).toBe(false);
    // A reading of the page without the hostile texts has as many scripts.
    expect(page.match(/<script/gi)).toHaveLength(2);
    expect(page.match(/<\/script/gi)).toHaveLength(2);
  });

  it("says nothing but a verdict of a report that holds without areas", () => {
    const report = { ...gateSample("holds"), areas: [], blockers: [], files: [] };
    const page = gateHtml(report);
    expect(page).toContain("holds");
    expect(page).not.toContain('<section id="violations"');
  });
});

describe("markup", () => {
  it("has no way for text to become an element or leave an attribute", () => {
    fc.assert(
      fc.property(hostile(), (text) => {
        const { text: made } = h("p", { title: text }, text);
        expect(made.match(/[<>]/g)).toEqual(["<", ">", "<", ">"]);
        expect(made.match(/"/g)).toHaveLength(2);
      }),
    );
  });

  it("writes JSON that ends no script and is read back as it was", () => {
    fc.assert(
      fc.property(fc.oneof(hostile(), fc.constantFrom(...HOSTILE_TEXTS)), (text) => {
        const made = jsonText({ text });
        expect(made).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(made)).toEqual({ text });
      }),
    );
  });
});

describe("the client's script", () => {
  it("is one module without imports, and ends no script element", () => {
    const script = clientScript();
    expect(script).not.toMatch(/^\s*(import|export)\b/m);
    expect(script).not.toMatch(/<\/script|<!--/i);
    // Compiles; its names do not meet.
    expect(() => new Function(`"use strict"; async () => {${script}}`)).not.toThrow();
  });
});

const grid = (cells: number[][], part: Partial<Picture> = {}): Picture => ({
  kind: "grid",
  title: "vectors",
  rows: cells.map((_line, cpu) => `CPU ${cpu}`),
  columns: (cells[0] ?? []).map((_cell, i) => `0x${i.toString(16)}`),
  cells,
  legend: ["free", "allocated"],
  ...part,
});

describe("pictures", () => {
  it("frame the cells that a step changed, and say them", () => {
    const before = grid([[0, 0, 1]]);
    const after = grid([[0, 1, 1]]);
    expect(gridDrawing.draw(after, before).match(/class="changed"/g)).toHaveLength(1);
    expect(gridDrawing.draw(after, after)).not.toContain('class="changed"');
    expect(gridDrawing.tell(after, before)).toEqual(["CPU 0, 0x1: free → allocated"]);
  });

  it("compare rows by their labels: a row that came was empty", () => {
    const before = grid([[1]], { rows: ["0x20"] });
    const after = grid([[1], [1]], { rows: ["0x0", "0x20"] });
    expect(gridDrawing.tell(after, before)).toEqual(["0x0, 0x0: free → allocated"]);
  });

  it("fold long rows where there are few, so that marks can be read", () => {
    const one = grid([Array.from({ length: 203 }, () => 1)]);
    expect(gridDrawing.draw(one, undefined).match(/data-lines="([^"]*)"/)?.[1]).toBe(
      "0:0 0:64 0:128 0:192",
    );
    const many = grid(Array.from({ length: 64 }, () => Array.from({ length: 203 }, () => 1)));
    expect(many.rows).toHaveLength(64);
    expect(gridDrawing.draw(many, undefined)).not.toContain("0:64");
  });

  it("escape what a report says in labels, legend and marks", () => {
    const evil = '"><img src=x onerror=alert(1)>';
    const picture = grid([[1]], {
      title: evil,
      rows: [evil],
      columns: [evil],
      legend: [evil, evil],
    });
    const made = gridDrawing.draw(picture, undefined) + gridDrawing.key(picture, new Set([0, 1]));
    expect(made).not.toContain("<img");
  });

  it("draw lines of cells that are shorter than the columns, or longer", () => {
    const odd = grid([[0, 1], [1], [1, 1, 1]]);
    expect(gridDrawing.draw(odd, grid([[1]]))).toContain("<svg");
  });

  it("stand in the page as runs that spread to the same cells", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3)), (cells) => {
        const pairs = runs(cells);
        const spread = pairs.flatMap((value, i) =>
          i % 2 === 0 ? Array.from({ length: pairs[i + 1] as number }, () => value) : [],
        );
        expect(spread).toEqual(cells);
      }),
    );
  });

  it("are there for every step of every subsystem's counterexamples", () => {
    const violations = gateSample("three areas").areas.flatMap((area) => area.violations);
    expect(new Set(violations.map((v) => v.subsystem)).size).toBeGreaterThan(1);
    for (const film of pageData(violations, []).films) {
      expect(film.steps.length).toBeGreaterThan(0);
      expect(film.steps).not.toContain(null);
    }
  });
});

describe("the run history", () => {
  it("is ordered by time and has a run that is in the folder as well once", () => {
    const report = gateSample("holds");
    const early = { ...report, at: "2026-01-01T00:00:00Z" };
    expect(inOrder(report, [report, early])).toEqual([early, report]);
  });
});
