import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = process.cwd();
const rooms = ["spec", "models", "traces", "properties"] as const;

const files = (room: string): string[] =>
  readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const sources = rooms.flatMap(files).map((path) => ({
  path,
  room: path.split("/")[0] as string,
  text: readFileSync(join(root, path), "utf8"),
}));

/** Modules that a file names in an import, an export from, or a dynamic import. */
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].map((match) => match[1] as string);

const allowed: Record<string, readonly string[]> = {
  spec: ["spec"],
  models: ["spec", "models"],
  traces: ["spec", "traces"],
  properties: ["spec", "models", "traces", "properties"],
};

/** Room a relative import leads to. */
const target = (path: string, module: string): string =>
  normalize(join(dirname(path), module)).split("/")[0] as string;

/** The subsystem folder of a file below a room, such as irq/vector-matrix/allocator. */
const subsystemOf = (path: string): string => dirname(path).split("/").slice(1).join("/");

/**
 * Composed models may import the public model of what they compose, never the reverse. A name
 * stands for all below it. The hardware reads messages and entries as `irq/msi-message` lays them
 * out.
 */
const composes: Record<string, readonly string[]> = {
  hardware: ["hardware", "irq/msi-message"],
  "irq/capability": ["hardware"],
  "irq/vector-matrix/assignment": ["irq/vector-matrix/allocator"],
  "irq/domain": ["hardware", "irq/capability", "irq/msi-message", "irq/vector-matrix"],
  "irq/driver": ["hardware", "irq/capability", "irq/msi-message", "irq/vector-matrix"],
  "irq/lapic-timer": ["hardware/local-apic"],
};
const isBelow = (path: string, name: string): boolean =>
  path === name || path.startsWith(`${name}/`);
const mayImport = (from: string, to: string): boolean =>
  Object.entries(composes).some(
    ([name, parts]) => isBelow(from, name) && parts.some((part) => isBelow(to, part)),
  );

describe("the four rooms", () => {
  it("import one way only: spec <- models, spec <- traces, all <- properties", () => {
    const wrong = sources.flatMap(({ path, room, text }) =>
      importsOf(text)
        .filter((module) => module.startsWith("."))
        .filter((module) => !allowed[room]?.includes(target(path, module)))
        .map((module) => `${path} imports ${module}`),
    );
    expect(wrong).toEqual([]);
  });

  it("keep spec and models free of the outside world and of chance", () => {
    const wrong = sources
      .filter(({ room }) => room === "spec" || room === "models")
      .flatMap(({ path, text }) => {
        const bad = importsOf(text).filter((m) => /^(node:|fast-check|vitest)/.test(m));
        if (/\bDate\b|Math\.random|performance\.now/.test(text)) bad.push("a clock or chance");
        return bad.map((what) => `${path}: ${what}`);
      });
    expect(wrong).toEqual([]);
  });

  it("use no clock and no chance in engines and generators", () => {
    const wrong = sources
      .filter(({ path }) => /^properties\/(engine|hardware|irq|check|conform|report)\//.test(path))
      .filter(({ text }) => /Date\.now|new Date|Math\.random|performance\.now/.test(text))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  it("import across subsystems by vocabulary, or by declared composition", () => {
    const wrong = sources
      .filter(
        ({ path, room }) => (room === "spec" || room === "models") && !path.includes("/core/"),
      )
      .flatMap(({ path, text }) =>
        importsOf(text)
          .filter((m) => m.startsWith("."))
          .map((m) => normalize(join(dirname(path), m)))
          .filter((to) => !to.includes("/core/") && subsystemOf(to) !== subsystemOf(path))
          .filter((to) => subsystemOf(to) !== "" && !to.endsWith("vocabulary.js"))
          .filter((to) => !mayImport(subsystemOf(path), subsystemOf(to)))
          .map((to) => `${path} imports ${to}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe("tidiness", () => {
  it("no line is longer than 100 columns, but for a string that cannot be cut", () => {
    const wrong = sources.flatMap(({ path, text }) =>
      text
        .split("\n")
        .map((line, i) => ({ line, where: `${path}:${i + 1}` }))
        .filter(({ line }) => line.length > 100 && !/["'`/]/.test(line))
        .map(({ where }) => where),
    );
    expect(wrong).toEqual([]);
  });

  it("every file is imported by another, or is where a program or a test starts", () => {
    const imported = new Set(
      sources.flatMap(({ path, text }) =>
        [
          ...importsOf(text),
          ...[...text.matchAll(/new URL\("([^"]+)"/g)].map((m) => m[1] as string),
        ]
          .filter((m) => m.startsWith("."))
          .map((m) => normalize(join(dirname(path), m)).replace(/\.js$/, ".ts")),
      ),
    );
    const starts = /(\.test|\/main)\.ts$/;
    const dead = sources
      .map(({ path }) => path)
      .filter(
        (path) =>
          !imported.has(path) && !starts.test(path) && path !== "properties/engine/arbitrary.ts",
      );
    expect(dead).toEqual([]);
  });

  it("nothing names a registry host or a path of the machine it was written on", () => {
    const wrong = sources
      .filter(
        ({ path, text }) =>
          path !== "properties/tidy.test.ts" && /\/(work|root|home)\/|registry\.npmjs/.test(text),
      )
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });
});
