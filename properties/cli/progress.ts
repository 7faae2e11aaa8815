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
