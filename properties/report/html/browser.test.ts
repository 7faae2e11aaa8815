/** The page in a real browser. Part of `npm run test:full`; screenshots go to REDBEAR_SPEC_SHOTS. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GateReport } from "../../gate/report.js";
import { gateSample } from "../fixtures/gate-samples.js";
import { gateHtml } from "./page.js";

const executablePath = process.env.REDBEAR_SPEC_CHROMIUM ?? "/usr/bin/chromium";
const full = process.env.REDBEAR_SPEC_FULL === "1";
const there = existsSync(executablePath);
const why = !full
  ? "only in npm run test:full"
  : there
    ? ""
    : `no Chromium at ${executablePath}; set REDBEAR_SPEC_CHROMIUM`;

it.runIf(full && !there && process.env.CI !== undefined)("a CI job has Chromium", () => {
  expect.fail(why);
});

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

type Opened = { readonly page: Page; readonly troubles: readonly string[] };

describe.skipIf(why !== "")(`the page in Chromium${why === "" ? "" : ` (${why})`}`, () => {
  let browser: Browser;
  let folder: string;
  const shots = process.env.REDBEAR_SPEC_SHOTS;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "redbear-spec-page-"));
    if (shots !== undefined) mkdirSync(shots, { recursive: true });
    browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shotAt = (name: string): string => join(shots ?? folder, name);

  const open = async (
    report: GateReport,
    options: BrowserContextOptions = {},
    earlier: readonly GateReport[] = [],
  ): Promise<Opened> => {
    const file = join(folder, "report.html");
    writeFileSync(file, gateHtml(report, earlier));
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("dialog", (dialog) => {
      troubles.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (request.url() !== pathToFileURL(file).href) troubles.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return { page, troubles };
  };

  const overflow = (page: Page): Promise<number> =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );

  const earlier = (): GateReport[] =>
    Array.from({ length: 6 }, (_x, i) => ({
      ...gateSample(i === 3 ? "new violation" : "holds"),
      at: `2026-11-${10 + i}T08:00:00Z`,
    }));

  it.each([
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["narrow", { viewport: { width: 400, height: 800 } }],
  ] as const)("loads without errors, requests or sideways scrolling: %s", async (name, options) => {
    for (const sample of ["new violation", "three areas", "build failed", "lost"] as const) {
      const { page, troubles } = await open(gateSample(sample), options, earlier());
      expect(await overflow(page), sample).toBeLessThanOrEqual(0);
      expect(troubles, sample).toEqual([]);
      expect(await page.locator(".charts canvas").count()).toBe(2);
      const path = shotAt(`${sample.replaceAll(" ", "-")}-${name}.png`);
      await page.screenshot({ path, fullPage: true });
      await page.context().close();
    }
  });

  it("runs nothing that a text says", async () => {
    const { page, troubles } = await open(gateSample("hostile texts"));
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("header h1").textContent()).toContain("<script>alert(1)</script>");
    expect(await page.locator("figure svg").count()).toBeGreaterThan(0);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  it("refuses scripts that are not its own", async () => {
    const { page } = await open(gateSample("holds"));
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.owned = true";
      document.body.append(script);
      return (globalThis as { owned?: boolean }).owned === true;
    });
    expect(ran).toBe(false);
    await page.context().close();
  });

  it("steps through the pictures by slider, arrow keys and play", async () => {
    const { page } = await open(gateSample("new violation"));
    const figure = page.locator("figure.picture").first();
    const svg = (): Promise<string> => figure.locator(".canvas").innerHTML();
    const slider = figure.locator("input[type=range]");
    const last = Number(await slider.inputValue());
    const end = await svg();
    await slider.focus();
    await page.keyboard.press("Home");
    expect(await slider.inputValue()).toBe("0");
    expect(await page.locator("tr.step.shown").getAttribute("data-step")).toBe("0");
    await figure.locator(".canvas").focus();
    for (let i = 0; i < last; i++) await page.keyboard.press("ArrowRight");
    expect(await slider.inputValue()).toBe(String(last));
    expect(await svg()).toBe(end);
    await page.keyboard.press("Home");
    await figure.locator(".play").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => slider.inputValue(), { timeout: 5000 }).toBe(String(last));
    await page.context().close();
  });

  it("draws another picture for a step at which the state was another", async () => {
    const { page } = await open(gateSample("three areas"));
    const figure = page.locator("figure.picture").nth(1);
    const seen = new Set<string>();
    const slider = figure.locator("input[type=range]");
    const most = Number(await slider.getAttribute("max"));
    await slider.focus();
    await page.keyboard.press("Home");
    for (let i = 0; i <= most; i++) {
      seen.add(await figure.locator(".canvas").innerHTML());
      await page.keyboard.press("ArrowRight");
    }
    expect(seen.size).toBeGreaterThan(2);
    await page.context().close();
  });

  it("is usable by keyboard: skip link, then the links, with a ring around what has focus", async () => {
    const { page } = await open(gateSample("new violation"));
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("To the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.keyboard.press("Tab");
    const ring = await page.locator(":focus").evaluate((e) => getComputedStyle(e).outlineStyle);
    expect(ring).not.toBe("none");
    await page.context().close();
  });

  it("sorts and filters clauses, and copies the replay command", async () => {
    const { page } = await open(gateSample("new violation"), {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const rows = page.locator("#clauses tr[data-change]:visible");
    const all = await rows.count();
    await page.locator("#clauses select").selectOption("new");
    expect(await rows.count()).toBe(1);
    await page.locator("#clauses select").selectOption("never");
    expect(await rows.count()).toBeGreaterThan(0);
    expect(await rows.count()).toBeLessThan(all);
    await page.locator("#clauses select").selectOption("");
    const sort = page.locator("#clauses th button", { hasText: "Exercised" });
    await sort.focus();
    await page.keyboard.press("Enter");
    expect(await rows.first().textContent()).toContain("never");
    await page.locator("button.copy").first().click();
    await expect.poll(() => page.locator("button.copy").first().textContent()).toBe("Copied");
    const violation = gateSample("new violation").areas[0]?.violations[0];
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(violation?.replay);
    await page.context().close();
  });

  it("says what matters without scripts", async () => {
    const { page } = await open(gateSample("new violation"), { javaScriptEnabled: false });
    expect(await page.locator("h1").isVisible()).toBe(true);
    expect(await page.locator("table.steps").first().isVisible()).toBe(true);
    expect(await page.locator("figure svg").first().isVisible()).toBe(true);
    expect(await page.locator(".player:visible, .copy:visible, .filters:visible").count()).toBe(0);
    await page.context().close();
  });

  it("has contrast of at least 4.5 for every text, light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(gateSample("three areas"), { colorScheme }, earlier());
      expect(await page.evaluate(weakTexts), colorScheme).toEqual([]);
      await page.context().close();
    }
  });

  it("prints with everything opened, without controls, nothing cut at the side", async () => {
    const { page } = await open(gateSample("three areas"), {
      viewport: { width: 720, height: 1000 },
    });
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    expect(await page.locator("details:not([open])").count()).toBe(0);
    expect(await page.locator("button:visible:not(th button), nav:visible").count()).toBe(0);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.pdf({ path: shotAt("three-areas.pdf"), format: "A4", printBackground: true });
    await page.context().close();
  });
});

/** Runs in the page: texts whose colour is too near to what lies behind them. */
const weakTexts = (): string[] => {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
      const c = value / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element): string => {
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const weak = new Set<string>();
  for (const element of document.querySelectorAll("body *:not(svg *):not(script):not(style)")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent?.trim());
    if (!own || element.getClientRects().length === 0) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...weak];
};
