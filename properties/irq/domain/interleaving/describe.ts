import {
  type Command,
  type Config,
  NONE,
  type Response,
  type View,
} from "../../../../spec/irq/domain/interleaving/vocabulary.js";

const pairText = (config: Config, pair: number): string =>
  pair === NONE ? "none" : `${Math.floor(pair / config.vectors)}.${pair % config.vectors}`;

const setText = (config: Config, bits: number): string => {
  const pairs: string[] = [];
  for (let pair = 0; pair < config.cpus * config.vectors; pair++) {
    if ((bits & (1 << pair)) !== 0) pairs.push(pairText(config, pair));
  }
  return pairs.length === 0 ? "none" : pairs.join(" ");
};

const actorName = (config: Config, a: number): string =>
  a < config.threads ? `thread ${a}` : `CPU ${a - config.threads}`;

const flags = (of: Readonly<Record<string, boolean>>): string =>
  Object.entries(of)
    .filter(([, set]) => set)
    .map(([name]) => ` ${name}`)
    .join("");

/** Flat form of a state; a pair is CPU.vector. */
export const describe = (config: Config, view: View): ReadonlyMap<string, string> => {
  const lines = new Map<string, string>();
  lines.set("taken", setText(config, view.bits));
  lines.set("IRR", setText(config, view.irr));
  lines.set("ISR", setText(config, view.isr));
  if (view.holder !== NONE) lines.set("matrix lock", actorName(config, view.holder));
  view.slots.forEach((irq, pair) => {
    if (irq !== NONE) lines.set(`slot[${pairText(config, pair)}]`, `interrupt ${irq}`);
  });
  view.irqs.forEach((q, i) => {
    const { disabled, marked, queued, owed } = q;
    const old = q.old === NONE ? "" : ` old=${pairText(config, q.old)}`;
    const wanted = q.wanted === NONE ? "" : ` wanted=${q.wanted}`;
    const lock = q.holder === NONE ? "" : ` lock=${actorName(config, q.holder)}`;
    const runner = q.runner === NONE ? "" : ` runs on ${actorName(config, q.runner)}`;
    lines.set(
      `interrupt[${i}]`,
      `${q.phase} at=${pairText(config, q.at)}${old}${wanted}${lock}${runner}` +
        `${flags({ disabled, marked, queued, owed })} events=${q.raises} runs=${q.runs}`,
    );
  });
  view.entries.forEach((e, i) => {
    const { masked, pending } = e;
    const message = config.remapped
      ? `memory=${pairText(config, e.memory)} cached=${pairText(config, e.cached)}`
      : `${e.cpu}.${e.vector}`;
    lines.set(`entry[${i}]`, `${message}${flags({ masked, pending })}`);
  });
  view.actors.forEach((actor, a) => {
    if (actor.work === undefined) return;
    const waits = actor.waits === undefined ? "" : `, waits for ${actor.waits}`;
    lines.set(actorName(config, a), `${actor.work} of interrupt ${actor.interrupt}${waits}`);
  });
  return lines;
};

const text = (value: Readonly<Record<string, unknown>> & { readonly kind: string }): string =>
  [
    value.kind,
    ...Object.entries(value)
      .filter(([name]) => name !== "kind")
      .map(([name, field]) => `${name}=${String(field)}`),
  ].join(" ");

export const commandText = (command: Command): string => text(command);
export const responseText = (response: Response): string => text(response);
