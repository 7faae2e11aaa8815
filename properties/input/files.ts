import { readFileSync, statSync } from "node:fs";
import { InputError } from "../../spec/core/decode.js";

/** No trace and no configuration of ours is larger; bytes. */
const MAX_FILE_BYTES = 256 << 20;

/** Reads a text file of bounded size; every failure is one clear line. */
export const readText = (file: string): string => {
  let size: number;
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw new InputError({ file }, "is a directory, expected a file");
    size = stat.size;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file }, "cannot be opened: no such file or no permission");
  }
  if (size > MAX_FILE_BYTES) {
    throw new InputError({ file }, `has ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
  }
  const bytes = readFileSync(file);
  if (bytes.includes(0)) throw new InputError({ file }, "is binary, expected a text file");
  return bytes.toString("utf8");
};
