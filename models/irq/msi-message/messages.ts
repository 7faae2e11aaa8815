/** Commands that need no table: composition, decoding, encodings. */
import { fromWords, toWords } from "../../../spec/core/bits.js";
import { declared } from "../../../spec/irq/msi-message/hardware.js";
import { amdGaRemap, amdIrte32, intelRemapped } from "../../../spec/irq/msi-message/layout.js";
import {
  type Command,
  type Config,
  type Entry,
  FIRST_DEVICE_VECTOR,
  FIRST_SYSTEM_VECTOR,
  FIRST_VALID_VECTOR,
  type Message,
  type Response,
  SHUTDOWN_VECTOR,
} from "../../../spec/irq/msi-message/vocabulary.js";
import { amdMessage, decodeAmdMessage, dteWord, encodeAmdIrte } from "./amd.js";
import { compose, composeIommu, decode, reachable } from "./compose.js";
import {
  chooseSource,
  decodeRemappable,
  encodeIntelIrte,
  noSource,
  remappableMessage,
} from "./intel.js";
import { fits } from "./remap.js";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;

const refused: Response = { kind: "refused" };

export const messageResponse = (m: Message): Response => ({
  kind: "message",
  addressLo: m.addressLo,
  addressHi: m.addressHi,
  data: m.data,
});

/** Vectors that the vector layer hands to an interrupt, started or not. */
export const linuxVector = (vector: number, started: boolean): boolean =>
  (vector >= FIRST_DEVICE_VECTOR && vector < FIRST_SYSTEM_VECTOR) ||
  (!started && vector === SHUTDOWN_VECTOR);

/** What any kernel may compose: a valid vector for a CPU that the message can name. */
export const composable = (config: Config, dest: number, vector: number): boolean =>
  reachable(config, dest) && vector >= FIRST_VALID_VECTOR;

/** The contract's outcome of `compose`; Linux composes device vectors alone. */
export const composeFor = (config: Config, c: Of<"compose">): Response => {
  const dest = config.apicIds[c.cpu] ?? 0;
  if (!composable(config, dest, c.vector)) return refused;
  return messageResponse(compose(dest, c.vector, config.logical, config.extendedDestinationId));
};

export const composeCpu = (config: Config, c: Of<"compose">): Response =>
  linuxVector(c.vector, c.started) ? composeFor(config, c) : refused;

export const composeDest = (config: Config, c: Of<"composeDest">): Response =>
  composable(config, c.dest, c.vector)
    ? messageResponse(compose(c.dest, c.vector, c.logical, config.extendedDestinationId))
    : refused;

export const composeOwn = (_config: Config, c: Of<"composeIommu">): Response =>
  c.vector < FIRST_VALID_VECTOR
    ? refused
    : messageResponse(composeIommu(c.dest, c.vector, c.logical));

/** Fields of a message as this configuration's messages are read. */
export const decodeMessage = (config: Config, m: Message): Response => {
  if (config.remapping === "amd") {
    const index = decodeAmdMessage(m, config.amd2k);
    return index === undefined ? { kind: "malformed" } : { kind: "handle", index };
  }
  const plain = decode(m, config.extendedDestinationId);
  if (plain !== undefined) return { kind: "decoded", ...plain };
  const handle = config.remapping === "intel" ? decodeRemappable(m) : undefined;
  if (handle === undefined) return { kind: "malformed" };
  return { kind: "handle", index: handle.handle + (handle.shv ? handle.subhandle : 0) };
};

export const validate = (config: Config, c: Of<"validate">): Response => ({
  kind: "verdict",
  valid: declared(config, c.addressLo, c.addressHi, c.iommu),
});

export const remappable = (config: Config, c: Of<"remappable">): Response => {
  if (config.remapping === "intel") return messageResponse(remappableMessage(c.index, c.subhandle));
  const index = c.index + c.subhandle;
  return index < config.tableEntries ? messageResponse(amdMessage(index, config.amd2k)) : refused;
};

const LOW64 = (1n << 64n) - 1n;

const irteResponse = (entry: Entry): Response => {
  const word = fromWords(entry);
  return { kind: "irte", lo: word & LOW64, hi: word >> 64n };
};

export const encodeIrte = (config: Config, c: Of<"encodeIrte">): Response => {
  if (!fits(config, c.dest) || c.vector < FIRST_VALID_VECTOR) return refused;
  const entry =
    config.remapping === "amd" ? encodeAmdIrte(c, config.ga) : encodeIntelIrte(c, config.eim);
  return irteResponse(entry);
};

/** The layout of this configuration's entries. */
export const entryLayout = (config: Config) =>
  config.remapping === "intel" ? intelRemapped : config.ga ? amdGaRemap : amdIrte32;

/** Fields of an entry; whatever stands in reserved bits is not looked at. */
export const decodeIrte = (config: Config, c: Of<"decodeIrte">): Response => {
  const words = toWords(intelRemapped, (c.hi << 64n) | c.lo);
  const [low, second, third] = words as [number, number, number, number];
  const intel = config.remapping === "intel";
  if (!intel && !config.ga) {
    return {
      kind: "entry",
      present: (low & 1) === 1,
      posted: false,
      dest: (low >>> 8) & 0xff,
      vector: (low >>> 16) & 0xff,
      logical: (low & 0x40) !== 0,
      sid: 0,
      sq: 0,
      svt: 0,
    };
  }
  const ga = ((words[3] as number) & 0xff000000) | (low >>> 8);
  return {
    kind: "entry",
    present: (low & 1) === 1,
    posted: (low & (intel ? 0x8000 : 0x80)) !== 0,
    dest: intel ? (config.eim ? second : (second >>> 8) & 0xff) : ga >>> 0,
    vector: intel ? (low >>> 16) & 0xff : third & 0xff,
    logical: (low & (intel ? 4 : 0x40)) !== 0,
    sid: intel ? third & 0xffff : 0,
    sq: intel ? (third >>> 16) & 3 : 0,
    svt: intel ? (third >>> 18) & 3 : 0,
  };
};

export const sourceId = (config: Config, c: Of<"sourceId">): Response => ({
  kind: "source",
  ...(config.sourceChecking ? chooseSource(c.requester, c.aliases) : noSource),
});

export const encodeDte = (config: Config, c: Of<"encodeDte">): Response => ({
  kind: "word",
  word: dteWord(c.before, c.table, config.tableEntries),
});
