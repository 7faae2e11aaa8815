/** Every generated file of the Rust kit, as a function of the catalogue. */
import type * as t from "io-ts";
import { subsystems } from "../../catalogue.js";
import { featureOf, needed, withFeatures } from "./features.js";
import { moduleOf, moduleText } from "./rust.js";

const NOTE = "// Generated from the codecs by `npm run generate`; not to be edited.";

/** Text of each subsystem's module by its path, in the order of the catalogue. */
const texts = (): ReadonlyMap<string, string> =>
  new Map(
    subsystems.map((subsystem) => {
      const foreign = new Map<t.Mixed, string>(
        subsystems
          .filter((other) => other !== subsystem)
          .map((other) => [
            other.observation.codec,
            `crate::${moduleOf(other.path).join("::")}::Observation`,
          ]),
      );
      return [subsystem.path, moduleText(subsystem, foreign)];
    }),
  );

/** The crate's Cargo.toml, given the one that is there. */
export const manifestOf = (manifest: string): string => {
  const uses = [...texts()].map(
    ([path, text]) => [path, needed(path, text, moduleOf)] as [string, readonly string[]],
  );
  return withFeatures(manifest, new Map(uses));
};

/** Text of each file by its path below the crate's `src/generated`. */
export const generatedFiles = (): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  const children = new Map<string, Set<string>>([["", new Set()]]);
  /** Attribute of the modules that are a subsystem. */
  const gates = new Map<string, string>();
  for (const [path, text] of texts()) {
    const parts = moduleOf(path);
    parts.forEach((part, i) => {
      const parent = parts.slice(0, i).join("/");
      const known = children.get(parent) ?? new Set();
      children.set(parent, known.add(part));
    });
    gates.set(parts.join("/"), `#[cfg(feature = "${featureOf(path)}")]`);
    files.set(`${parts.join("/")}.rs`, text);
  }
  for (const [folder, parts] of children) {
    const about = folder === "" ? "One module a subsystem." : `Subsystems of \`${folder}\`.`;
    const modules = [...parts].sort().flatMap((part) => {
      const gate = gates.get(folder === "" ? part : `${folder}/${part}`);
      return [...(gate === undefined ? [] : [gate]), `pub mod ${part};`];
    });
    // A subsystem that others are below: its own file names them.
    const own = files.get(`${folder}.rs`);
    if (own !== undefined) {
      const named = `\n${modules.join("\n")}\n\nuse crate`;
      files.set(`${folder}.rs`, own.replace("\nuse crate", named));
      continue;
    }
    const allow = folder === "" ? ["#![allow(missing_docs)]"] : [];
    const path = folder === "" ? "mod.rs" : `${folder}/mod.rs`;
    files.set(path, [`//! ${about}`, NOTE, ...allow, ...modules, ""].join("\n"));
  }
  return files;
};
