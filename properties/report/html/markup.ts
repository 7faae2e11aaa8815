/** Elements of HTML. A string among the children is text, never markup. */
import { html, plainLines } from "../escape.js";

/** Finished HTML; only this file and trusted drawings make it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Markup | string | number | undefined | false | readonly Child[];
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const VOID = new Set(["meta", "input", "br", "link", "col", "hr"]);

const rendered = (child: Child): string => {
  if (child === undefined || child === false) return "";
  if (child instanceof Markup) return child.text;
  if (typeof child === "object") return child.map(rendered).join("");
  return html(String(child));
};

/** An element; an attribute that is false or undefined is left out. */
export const h = (tag: string, attributes: Attributes = {}, ...children: Child[]): Markup => {
  const parts = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${html(String(value))}"`));
  const open = `<${tag}${parts.join("")}>`;
  return new Markup(VOID.has(tag) ? open : `${open}${rendered(children)}</${tag}>`);
};

/** Text of several lines as it stands, such as the end of a build's output. */
export const lines = (text: string): Markup =>
  h("pre", { class: "lines" }, new Markup(plainLines(text).map(html).join("\n")));

/** JSON that ends no script element and is JavaScript as well. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export type Column = {
  readonly title: string;
  readonly number?: boolean;
  /** Takes what room is left. */
  readonly wide?: boolean;
};

export type Row = {
  readonly cells: readonly Child[];
  readonly attributes?: Attributes;
};

/** A table that scripts make sortable; on narrow screens each cell carries its column's title. */
export const dataTable = (
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
): Markup =>
  h(
    "div",
    { class: "table" },
    h(
      "table",
      { class: "data" },
      h("caption", { class: "unseen" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((c) => h("th", { scope: "col", class: classOf(c) }, c.title)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            row.attributes ?? {},
            row.cells.map((cell, i) => {
              const column = columns[i] as Column;
              return h("td", { class: classOf(column), "data-title": column.title }, cell);
            }),
          ),
        ),
      ),
    ),
  );

const classOf = (column: Column): string | undefined =>
  column.number === true ? "number" : column.wide === true ? "wide" : undefined;
