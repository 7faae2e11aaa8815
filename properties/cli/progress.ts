import { Presets, SingleBar } from "cli-progress";

/** A bar on standard error while a terminal is attached; nothing at all otherwise. */
export const startProgress = (
  name: string,
  options: { readonly quiet?: boolean },
): { update: (done: number, total: number) => void; stop: () => void } => {
  if (process.stderr.isTTY !== true || options.quiet === true) {
    return { update: () => {}, stop: () => {} };
  }
  const bar = new SingleBar(
    { format: `${name} {bar} {value}/{total}`, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (done, total) => {
      if (!started) bar.start(total, 0);
      started = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
};

/** The same for work whose steps have names; on a stream that is no terminal, a line a step. */
export const startSteps = (
  name: string,
  options: { readonly quiet?: boolean },
): { update: (what: string, done: number, total: number) => void; stop: () => void } => {
  if (options.quiet === true) return { update: () => {}, stop: () => {} };
  if (process.stderr.isTTY !== true) {
    return {
      update: (what) => {
        process.stderr.write(`redbear-spec: ${what}\n`);
      },
      stop: () => {},
    };
  }
  const bar = new SingleBar(
    { format: `${name} {bar} {what}`, stream: process.stderr, clearOnComplete: true },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update: (what, done, total) => {
      if (!started) bar.start(total, done, { what });
      started = true;
      bar.setTotal(total);
      bar.update(done, { what });
    },
    stop: () => {
      if (started) bar.stop();
    },
  };
};
