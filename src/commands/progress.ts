import { Presets, SingleBar } from 'cli-progress';
import { oneLine } from '../report/text.ts';

/** One bar on standard error, of a step that turns out to take long. */
export type Step = {
  /** So much of `total` is done. */
  to(done: number, detail?: string): void;
  end(): void;
};

/** Starts a step; what happens meanwhile moves its bar. */
export type Progress = (title: string, total: number) => Step;

/** Steps that are over before that show nothing, in ms. */
const PATIENCE = 700;

const SILENT: Step = { to: () => {}, end: () => {} };

/** Bars for people: none when standard error is no terminal or the answer is for a machine. */
export function progressBars({ json = false }: { json?: boolean }): Progress {
  if (json || !process.stderr.isTTY) return () => SILENT;
  return (title, total) => {
    const bar = new SingleBar(
      {
        format: `{title} {bar} {percentage} %  {detail}`,
        stream: process.stderr,
        barsize: 30,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false, // main.ts alone handles signals
      },
      Presets.shades_classic,
    );
    let [at, text] = [0, ''];
    const timer = setTimeout(() => bar.start(total, at, { title: title.padEnd(20), detail: text }), PATIENCE);
    return {
      to(done, detail = '') {
        [at, text] = [done, oneLine(detail, 30)];
        bar.update(at, { detail: text });
      },
      end() {
        clearTimeout(timer);
        bar.stop();
      },
    };
  };
}
