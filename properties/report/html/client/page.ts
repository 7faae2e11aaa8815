/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * What a browser adds to the page: the player of pictures, sorting, filters, copying, charts.
 * Without it the page has all it says but the pictures of earlier steps. Compiled with the rest
 * and put into the page by `script.ts`; foreign text reaches the document as text alone.
 */
import type { Picture } from "../../picture.js";
import type { Film, PageData } from "../data.js";
import { drawings } from "../draw/drawings.js";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}") as PageData;

const spread = (runs: readonly number[]): number[] => {
  const out: number[] = [];
  for (let i = 0; i < runs.length; i += 2) {
    for (let n = runs[i + 1] as number; n > 0; n--) out.push(runs[i] as number);
  }
  return out;
};

const pictureAt = (film: Film, at: number): Picture | undefined => {
  const step = film.steps[at];
  if (step === undefined || step === null) return undefined;
  return { ...(film.frames[step.frame] as Picture), cells: step.cells.map(spread) };
};

const find = <E extends Element>(root: ParentNode, selector: string): E =>
  root.querySelector<E>(selector) as E;

/** Milliseconds a step while playing. */
const PACE = 900;

const startPlayer = (figure: HTMLElement): void => {
  const film = data.films[Number(figure.dataset.violation)];
  if (film === undefined) return;
  const player = find<HTMLElement>(figure, ".player");
  const slider = find<HTMLInputElement>(player, "input");
  const output = find<HTMLOutputElement>(player, "output");
  const play = find<HTMLButtonElement>(player, ".play");
  const canvas = find<HTMLElement>(figure, ".canvas");
  const told = find<HTMLElement>(figure, ".told");
  const rows = [...(figure.parentElement as HTMLElement).querySelectorAll<HTMLElement>("tr.step")];
  let words = "";

  const show = (at: number): void => {
    output.textContent = `${at} of ${slider.max}`;
    find<HTMLElement>(figure, ".when").textContent = `step ${at}`;
    for (const row of rows) row.classList.toggle("shown", row.dataset.step === String(at));
    const picture = pictureAt(film, at);
    if (picture === undefined) {
      canvas.textContent = "no picture of this step";
      return;
    }
    const before = pictureAt(film, at - 1);
    const drawing = drawings[picture.kind];
    canvas.innerHTML = drawing.draw(picture, before);
    const lines = drawing.tell(picture, before);
    const rest = lines.length > 8 ? `; and ${lines.length - 8} more` : "";
    words = lines.length > 0 ? lines.slice(0, 8).join("; ") + rest : at > 0 ? "no change" : "";
    told.textContent = words;
  };

  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "Play";
  };
  play.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    if (slider.value === slider.max) slider.value = "0";
    else slider.stepUp();
    show(Number(slider.value));
    play.textContent = "Pause";
    timer = setInterval(() => {
      if (slider.value === slider.max) return stop();
      slider.stepUp();
      show(Number(slider.value));
    }, PACE);
  });
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  // Arrow keys on the picture move the steps as they do on the slider.
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    stop();
    slider.value = String(Number(slider.value) + by);
    show(Number(slider.value));
  });
  canvas.addEventListener("pointermove", (event) => {
    const svg = canvas.querySelector("svg");
    const picture = pictureAt(film, Number(slider.value));
    if (svg === null || picture === undefined) return;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      svg.getScreenCTM()?.inverse(),
    );
    const { label, cell, top, height, lines } = svg.dataset as Record<string, string>;
    const line = lines?.split(" ")[Math.floor((point.y - Number(top)) / Number(height))];
    const [row = -1, from = 0] = line?.split(":").map(Number) ?? [];
    const column = from + Math.floor((point.x - Number(label)) / Number(cell));
    const value = point.x < Number(label) ? undefined : picture.cells[row]?.[column];
    told.textContent =
      value === undefined
        ? words
        : `${picture.rows[row]}, ${picture.columns[column]}: ${picture.legend[value]}`;
  });
  canvas.addEventListener("pointerleave", () => {
    told.textContent = words;
  });
  for (const row of rows) {
    row.addEventListener("click", () => {
      if (String(window.getSelection() ?? "") !== "") return;
      stop();
      slider.value = row.dataset.step as string;
      show(Number(slider.value));
    });
  }
  player.hidden = false;
  show(Number(slider.value));
};

/** "1 234" and "+12 −3" by their first number, anything else as text. */
const sortKey = (cell: HTMLElement | undefined): number | string => {
  const text = cell?.textContent?.trim() ?? "";
  if (cell?.classList.contains("number") !== true) return text;
  return Number(/[\d\s]+/.exec(text)?.[0].replace(/\s/g, "") ?? "0");
};

const makeSortable = (table: HTMLTableElement): void => {
  const body = table.tBodies[0];
  if (body === undefined || body.rows.length < 2) return;
  [...table.querySelectorAll<HTMLElement>("thead th")].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.ariaSort !== "ascending";
      for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row: HTMLTableRowElement) => sortKey(row.cells[column]);
      const sorted = [...body.rows].sort((a, b) => {
        const [x, y] = up ? [key(a), key(b)] : [key(b), key(a)];
        if (typeof x === "number" && typeof y === "number") return x - y;
        return String(x).localeCompare(String(y), "en", { numeric: true });
      });
      body.append(...sorted);
    });
  });
};

const startFilters = (form: HTMLFormElement): void => {
  const rows = [...document.querySelectorAll<HTMLElement>("#clauses tr[data-change]")];
  const apply = (): void => {
    const text = find<HTMLInputElement>(form, "input").value.toLowerCase();
    const change = find<HTMLSelectElement>(form, "select").value;
    let shown = 0;
    for (const row of rows) {
      const wanted =
        change === "" ||
        (change === "never" ? row.dataset.never !== undefined : row.dataset.change === change);
      row.hidden = !(wanted && (row.textContent ?? "").toLowerCase().includes(text));
      if (!row.hidden) shown++;
    }
    find<HTMLOutputElement>(form, "output").textContent = `${shown} of ${rows.length} shown`;
    // What is looked for may stand in an area that is closed.
    if (text === "" && change === "") return;
    for (const area of document.querySelectorAll<HTMLDetailsElement>("#clauses details.area")) {
      if (area.querySelector("tr[data-change]:not([hidden])") !== null) area.open = true;
    }
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
};

const startCopy = (button: HTMLButtonElement): void => {
  const code = find<HTMLElement>(button.parentElement as HTMLElement, "code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      // Without the right to it the text is selected, so that a key copies it.
      window.getSelection()?.selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });
};

type Charting = new (
  options: object,
  data: unknown[],
  at: Element,
) => {
  setSize: (size: { width: number; height: number }) => void;
  redraw: (paths?: boolean) => void;
};

const startCharts = (place: HTMLElement): void => {
  const UPlot = (globalThis as unknown as { uPlot?: Charting }).uPlot;
  if (UPlot === undefined) return;
  const colour = (name: string) => (): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const made = data.charts.map((chart) => {
    const box = place.appendChild(document.createElement("div"));
    const axis = { stroke: colour("--text"), grid: { stroke: colour("--line"), width: 1 } };
    const most = Math.max(1, ...chart.lines.flatMap((line) => line.values));
    const short = (value: number): string =>
      value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(value);
    const options = {
      title: chart.title,
      width: box.clientWidth,
      height: 230,
      scales: { x: { time: false }, y: { range: [0, most * 1.1] } },
      axes: [
        {
          ...axis,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
          values: (_u: unknown, at: number[]) => at.map((i) => `${i + 1}`),
        },
        { ...axis, size: 56, values: (_u: unknown, at: number[]) => at.map(short) },
      ],
      series: [
        { label: "run", value: (_u: unknown, i: number | null) => chart.labels[i ?? -1] ?? "" },
        ...chart.lines.map((line, i) => ({
          label: line.name,
          stroke: colour(`--line-${i}`),
          width: 2,
          dash: line.dash,
          points: { show: true, size: 6 },
        })),
      ],
    };
    const at = chart.labels.map((_label, i) => i);
    return { box, plot: new UPlot(options, [at, ...chart.lines.map((l) => l.values)], box) };
  });
  const fit = (): void => {
    for (const { box, plot } of made) plot.setSize({ width: box.clientWidth, height: 230 });
  };
  window.addEventListener("resize", fit);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const { plot } of made) plot.redraw(false);
  });
};

/** A link to a counterexample that is closed opens it. */
const openTarget = (): void => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};

/** Paper has no buttons: all is opened for it, and closed again. */
const closed = new Set<HTMLDetailsElement>();
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) {
    if (details.open) continue;
    details.open = true;
    closed.add(details);
  }
});
window.addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
  closed.clear();
});

window.addEventListener("hashchange", openTarget);
openTarget();
for (const figure of document.querySelectorAll<HTMLElement>("figure.picture")) startPlayer(figure);
for (const table of document.querySelectorAll<HTMLTableElement>("table.data")) makeSortable(table);
for (const button of document.querySelectorAll<HTMLButtonElement>(".copy")) startCopy(button);
for (const form of document.querySelectorAll<HTMLFormElement>("form.filters")) startFilters(form);
for (const place of document.querySelectorAll<HTMLElement>(".charts")) startCharts(place);
