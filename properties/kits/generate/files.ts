/** Every generated file of the Rust kit, as a function of the catalogue. */
import type * as t from "io-ts";
import { subsystems } from "../../catalogue.js";
import { moduleOf, moduleText } from "./rust.js";

const NOTE = "// Generated from the codecs by `npm run generate`; not to be edited.";

/** Text of each file by its path below the crate's `src/generated`. */
export const generatedFiles = (): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  const children = new Map<string, Set<string>>([["", new Set()]]);
  for (const subsystem of subsystems) {
    const parts = moduleOf(subsystem.path);
    parts.forEach((part, i) => {
      const parent = parts.slice(0, i).join("/");
      const known = children.get(parent) ?? new Set();
      children.set(parent, known.add(part));
    });
    const foreign = new Map<t.Mixed, string>(
      subsystems
        .filter((other) => other !== subsystem)
        .map((other) => [
          other.observation.codec,
          `crate::${moduleOf(other.path).join("::")}::Observation`,
        ]),
    );
    files.set(`${parts.join("/")}.rs`, moduleText(subsystem, foreign));
  }
  for (const [folder, parts] of children) {
    const about = folder === "" ? "One module a subsystem." : `Subsystems of \`${folder}\`.`;
    const modules = [...parts].sort().map((part) => `pub mod ${part};`);
    const allow = folder === "" ? ["#![allow(missing_docs)]"] : [];
    // A subsystem that others are below: its own file names them.
    const own = files.get(`${folder}.rs`);
    if (own !== undefined) {
      files.set(`${folder}.rs`, own.replace("\nuse crate", `\n${modules.join("\n")}\n\nuse crate`));
      continue;
    }
    const path = folder === "" ? "mod.rs" : `${folder}/mod.rs`;
    files.set(path, [`//! ${about}`, NOTE, ...allow, ...modules, ""].join("\n"));
  }
  return files;
};
