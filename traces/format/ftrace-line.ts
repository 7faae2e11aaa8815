/**
 * One line of an ftrace text: `TASK-PID [CPU] FLAGS TIME: EVENT: ARGS`. Scanned by hand, since
 * a record holds millions of them and every character costs.
 */
import { InputError, shown } from "../../spec/core/decode.js";
import { type EventKind, type Field, irqEventByName, irqEvents } from "./irq-events.js";

/** Most fields an event may have. */
const MAX_FIELDS = 16;
/** Sites (`(caller+off/size <- function)`) kept parsed; a kernel has a few dozen. */
const MAX_SITES = 4096;

/** The place a probe reports: where it sits, and for a return probe who gets the result. */
export type Site = {
  readonly text: string;
  /** The function named first: the probed one (entry) or the caller (return). */
  readonly symbol: string;
  readonly offset: number;
  readonly size: number;
  /** The function after `<-`, empty for entry probes. */
  readonly callee: string;
};

/** Context an event was recorded in, from the third latency flag. */
export type Context = "task" | "softirq" | "hardirq" | "nmi";

const noKind = irqEvents[0] as EventKind;
const noSite: Site = { text: "", symbol: "", offset: 0, size: 0, callee: "" };

/** One event. The reader fills the same object again and again: copy what must last. */
export class TraceEvent {
  kind: EventKind = noKind;
  /** Line number in the file, from 1. */
  line = 0;
  text = "";
  /** The CPU that executed the event. */
  cpu = 0;
  pid = 0;
  /** Where the name of the task ends in `text`. */
  commEnd = 0;
  irqsOff = false;
  context: Context = "task";
  /** Counter value, or microseconds when `isCounter` is false. */
  time = 0;
  isCounter = true;
  site: Site = noSite;
  /** Field values in printed order: the number, or the low 32 bits of a hexadecimal one. */
  readonly lo = new Float64Array(MAX_FIELDS);
  /** High 32 bits of a hexadecimal field, otherwise 0. */
  readonly hi = new Float64Array(MAX_FIELDS);
  /** Free text of a `tracing_mark_write`. */
  get message(): string {
    const at = this.text.indexOf("tracing_mark_write: ");
    return at < 0 ? "" : this.text.slice(at + "tracing_mark_write: ".length);
  }
  /** Name of the task; "<...>" where the kernel had forgotten it. */
  get comm(): string {
    return this.text.slice(0, this.commEnd).trimStart();
  }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

const hexDigit = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
};

const expectations = {
  u: "a whole number 0..4294967295",
  d: "a whole number -2147483648..2147483647",
  x: "a hexadecimal number of at most 64 bits with 0x",
} as const;

const SITE = /^\(([^\s+()]+)\+0x([0-9a-f]{1,8})\/0x([0-9a-f]{1,8})(?: <- ([^\s()]+))?\)$/;

export class LineParser {
  readonly file: string;
  readonly event = new TraceEvent();
  readonly #sites = new Map<string, Site>();
  #pos = 0;

  constructor(file: string) {
    this.file = file;
  }

  #fail(field: string, problem: string): never {
    const where = { file: this.file, line: this.event.line };
    throw new InputError(field === "" ? where : { ...where, field }, problem);
  }

  /** Parses an event line. Throws {@link InputError} with file, line and field. */
  parse(text: string, line: number): TraceEvent {
    const { event } = this;
    event.text = text;
    event.line = line;
    this.#head(text);
    const colon = text.indexOf(":", this.#pos);
    const name = colon < 0 ? text.slice(this.#pos) : text.slice(this.#pos, colon);
    const kind = irqEventByName.get(name);
    if (kind === undefined || colon < 0) {
      const known = irqEvents.map((k) => k.name).join(" ");
      this.#fail("", `unknown event ${shown(name)}, expected one of: ${known}`);
    }
    event.kind = kind;
    this.#pos = colon + 1;
    event.site = noSite;
    if (kind.origin === "text") return event;
    if (text.charCodeAt(this.#pos) === 32) this.#pos++;
    if (kind.origin !== "static") this.#site(text, kind);
    for (let i = 0; i < kind.fields.length; i++) this.#field(text, kind, i);
    if (this.#pos < text.length && text.trimEnd().length > this.#pos) {
      this.#fail("", `found ${shown(text.slice(this.#pos))} after the last field of ${name}`);
    }
    return event;
  }

  /** `TASK-PID [CPU] FLAGS TIME: `. The task's name takes 16 columns and may hold anything. */
  #head(text: string): void {
    const { event } = this;
    let at = 16;
    if (text.charCodeAt(at) !== 45) {
      this.#fail("", `found ${shown(text)}, expected "TASK-PID [CPU] FLAGS TIME: EVENT: ARGS"`);
    }
    event.commEnd = at;
    this.#pos = at + 1;
    event.pid = this.#whole(text, "PID");
    at = this.#skipBlanks(text);
    if (text.charCodeAt(at) !== 91) this.#fail("CPU", `found ${shown(text)}, expected "[CPU]"`);
    this.#pos = at + 1;
    event.cpu = this.#whole(text, "CPU");
    at = this.#pos;
    if (text.charCodeAt(at) !== 93) this.#fail("CPU", `found ${shown(text)}, expected "[CPU]"`);
    this.#pos = at + 1;
    at = this.#skipBlanks(text);
    const end = text.indexOf(" ", at);
    if (end - at !== 5) {
      this.#fail("FLAGS", `found ${shown(text.slice(at, end))}, expected five characters`);
    }
    const irqs = text.charCodeAt(at);
    event.irqsOff = irqs === 100 || irqs === 68;
    event.context = this.#context(text.charCodeAt(at + 2));
    this.#pos = end;
    this.#skipBlanks(text);
    this.#time(text);
  }

  #context(code: number): Context {
    switch (code) {
      case 46:
        return "task";
      case 115:
        return "softirq";
      case 104:
      case 72:
        return "hardirq";
      case 122:
      case 90:
        return "nmi";
      default:
        return this.#fail(
          "FLAGS",
          `found ${shown(String.fromCharCode(code))} as context, expected one of . s h H z Z`,
        );
    }
  }

  #time(text: string): void {
    const { event } = this;
    const whole = this.#whole(text, "TIME", Number.MAX_SAFE_INTEGER);
    event.isCounter = text.charCodeAt(this.#pos) !== 46;
    event.time = whole;
    if (!event.isCounter) {
      const from = ++this.#pos;
      const micros = this.#whole(text, "TIME");
      if (this.#pos - from !== 6) this.#fail("TIME", "expected seconds.microseconds");
      event.time = whole * 1e6 + micros;
    }
    if (text.charCodeAt(this.#pos) !== 58) this.#fail("TIME", "expected a number and a colon");
    this.#pos++;
    this.#skipBlanks(text);
  }

  #skipBlanks(text: string): number {
    while (text.charCodeAt(this.#pos) === 32) this.#pos++;
    return this.#pos;
  }

  #whole(text: string, field: string, most = 0xffffffff): number {
    const from = this.#pos;
    let at = from;
    let value = 0;
    for (let code = text.charCodeAt(at); isDigit(code); code = text.charCodeAt(++at)) {
      value = value * 10 + (code - 48);
      if (value > most) break;
    }
    if (at === from || value > most) {
      const found = shown(text.slice(from, from + 24));
      this.#fail(field, `found ${found}, expected a whole number 0..${most}`);
    }
    this.#pos = at;
    return value;
  }

  #site(text: string, kind: EventKind): void {
    const from = this.#pos;
    const end = text.indexOf(")", from);
    const words = end < 0 ? "" : text.slice(from, end + 1);
    let site = this.#sites.get(words);
    if (site === undefined) {
      const m = SITE.exec(words);
      const form =
        kind.origin === "entry" ? "(function+off/size)" : "(caller+off/size <- function)";
      if (m === null || (m[4] === undefined) !== (kind.origin === "entry")) {
        this.#fail("site", `found ${shown(text.slice(from))}, expected ${form}`);
      }
      const [, symbol = "", off = "", size = "", callee = ""] = m;
      site = {
        text: words,
        symbol,
        offset: Number.parseInt(off, 16),
        size: Number.parseInt(size, 16),
        callee,
      };
      if (this.#sites.size < MAX_SITES) this.#sites.set(words, site);
    }
    this.event.site = site;
    this.#pos = end + 1;
  }

  #field(text: string, kind: EventKind, index: number): void {
    const field = kind.fields[index] as Field;
    if (!text.startsWith(field.lead, this.#pos)) {
      const found = shown(text.slice(this.#pos, this.#pos + 24));
      this.#fail(field.name, `found ${found}, expected ${shown(`${field.lead}…`)}`);
    }
    const from = this.#pos + field.lead.length;
    const at =
      field.kind === "x" ? this.#hex(text, from, index) : this.#decimal(text, from, index, field);
    const after = text.charCodeAt(at);
    // A value ends at a blank, a comma or the end of the line.
    if (at < 0 || !(Number.isNaN(after) || after === 32 || after === 44)) {
      const found = shown(text.slice(from).split(" ", 1)[0]);
      this.#fail(field.name, `found ${found}, expected ${expectations[field.kind]}`);
    }
    this.#pos = at;
  }

  /** Returns the end of the value, or -1. */
  #decimal(text: string, from: number, index: number, field: Field): number {
    let at = from;
    const negative = field.kind === "d" && text.charCodeAt(at) === 45;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (let code = text.charCodeAt(at); isDigit(code); code = text.charCodeAt(++at)) {
      value = value * 10 + (code - 48);
    }
    const most = field.kind === "u" ? 0xffffffff : negative ? 0x80000000 : 0x7fffffff;
    if (at === first || at - first > 10 || value > most) return -1;
    this.event.lo[index] = negative ? -value : value;
    this.event.hi[index] = 0;
    return at;
  }

  #hex(text: string, from: number, index: number): number {
    if (text.charCodeAt(from) !== 48 || text.charCodeAt(from + 1) !== 120) return -1;
    let at = from + 2;
    const first = at;
    let low = 0;
    let high = 0;
    for (let d = hexDigit(text.charCodeAt(at)); d >= 0; d = hexDigit(text.charCodeAt(++at))) {
      high = ((high << 4) | (low >>> 28)) >>> 0;
      low = ((low << 4) | d) >>> 0;
    }
    if (at === first || at - first > 16) return -1;
    this.event.lo[index] = low;
    this.event.hi[index] = high;
    return at;
  }
}
