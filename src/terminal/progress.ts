import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../library/progress.ts';
import { oneLine } from '../report/text.ts';
import { bytes, seconds } from '../report/units.ts';

/** Bars on standard error, one after the other. */
export type Bars = {
  /** What the library tells: it moves the bar, or begins another. */
  onProgress(progress: Progress): void;
  /** Of the bar of the next answer. */
  title(text: string): void;
  /** Text follows, on the same terminal: the bar goes, and no other comes until the text has ended. */
  textBegins(): void;
  textEnds(): void;
  /** No bar stays. */
  end(): void;
};

/** Steps that are over before that show nothing, in ms. */
const PATIENCE = 700;

const TITLES: Readonly<Record<Exclude<Progress['what'], 'bench'>, string>> = {
  hash: 'Hashing weights',
  measure: 'Measuring weights',
  share: 'Sharing weights',
  start: 'Starting parties',
  clear: 'Computing in clear',
  compute: 'Computing on shares',
  count: 'Counting',
  rows: 'Rows',
  fetch: 'Fetching',
};

export function progressBars(): Bars {
  let now: { key: string; bar: Bar } | undefined;
  let answer = TITLES.compute;
  let quiet = false;
  const end = () => {
    now?.bar.end();
    now = undefined;
  };
  return {
    end,
    title(text) {
      answer = text;
    },
    textBegins() {
      end();
      quiet = Boolean(process.stdout.isTTY); // text that goes to a file stands in no bar's way
    },
    textEnds() {
      quiet = false;
    },
    onProgress(progress) {
      if (quiet) return;
      const { what, done, total, title } = progress;
      const named = what === 'bench' ? title! : what === 'fetch' ? `Fetching ${title}` : TITLES[what];
      const key = what === 'compute' ? answer : named;
      if (now?.key !== key || done === 0) {
        end();
        now = { key, bar: new Bar(key, total) };
      }
      now!.bar.to(progress);
      if (done >= total) end();
    },
  };
}

/** One bar, of a step that turns out to take long. */
class Bar {
  private readonly bar = new SingleBar(
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
  private at = 0;
  private detail = '';
  private readonly began = performance.now();
  private first: number | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(title: string, total: number) {
    const begin = () => this.bar.start(total, this.at, { title: title.padEnd(20), detail: this.detail });
    this.timer = setTimeout(begin, PATIENCE);
  }

  to(progress: Progress): void {
    this.first ??= progress.done;
    this.at = progress.done;
    this.detail = oneLine(this.detailOf(progress), 30);
    this.bar.update(this.at, { detail: this.detail });
  }

  private detailOf({ what, done, total, name = '' }: Progress): string {
    if (what === 'share') return `${bytes(done)} of ${bytes(total)}`;
    if (what === 'fetch') return `${bytes(done)} of ${bytes(total)}, ${name}`;
    if (what !== 'rows' || done <= this.first!) return name;
    const perRow = (performance.now() - this.began) / 1000 / (done - this.first!);
    return `${name}, ${seconds(perRow * (total - done))} left`;
  }

  end(): void {
    clearTimeout(this.timer);
    this.bar.stop();
  }
}
