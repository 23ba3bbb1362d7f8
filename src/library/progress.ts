/** What a call does at the moment. */
export type Progress = {
  /**
   * hash: bytes of a checkpoint, to find whether a plan is of it. measure: tensors, to fit rings to them. share: bytes of weights that are
   * written. start: parties. clear: values of the model in the clear. compute: values of the model by three parties, for each answer.
   * count: values of a dry run. rows: rows of a data set. bench: what is measured.
   */
  what: 'hash' | 'measure' | 'share' | 'start' | 'clear' | 'compute' | 'count' | 'rows' | 'bench' | 'fetch';
  /** So much of `total`: 0 when it begins, `total` when it ends. */
  done: number;
  total: number;
  /** What was done last, or is done now: a layer, a row, a file. */
  name?: string;
  /** Of a measurement: what is measured. */
  title?: string;
};

export type OnProgress = ((progress: Progress) => void) | undefined;

/** A step of a call: what happens in it moves it. */
export type Step = { to(done: number, name?: string): void; end(): void };

export function stepOf(onProgress: OnProgress, what: Progress['what'], total: number, title?: string): Step {
  let last = 0;
  const tell = (done: number, name?: string) => {
    last = done;
    const named = { ...(name === undefined ? {} : { name }), ...(title === undefined ? {} : { title }) };
    onProgress?.({ what, done, total, ...named });
  };
  tell(0);
  return { to: tell, end: () => void (last < total && tell(total)) };
}

/** Work as one step; `to` moves it. It ends when the work does, failed or not. */
export async function during<T>(
  onProgress: OnProgress,
  what: Progress['what'],
  total: number,
  work: (to: Step['to']) => Promise<T>,
): Promise<T> {
  const step = stepOf(onProgress, what, total);
  return work(step.to).finally(step.end);
}
