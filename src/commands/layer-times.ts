/** How long inference takes from layer to layer, by the clock of the client. */

export type LayerTimes = {
  /** Inference begins, and ends. */
  begin(): void;
  end(): void;
  /** Evaluator 1 has computed this layer. */
  reached(name: string): void;
  /** Over all inferences so far, in the order of the layers; `answer` is what follows the last. */
  list(): { name: string; seconds: number }[];
};

/** What a party tells may come later than the answer it tells of: then it counts no more. */
export function layerTimes(names: readonly string[], clock: () => number = () => performance.now()): LayerTimes {
  const seconds = new Map([...names, 'answer'].map((name) => [name, 0]));
  let last: number | undefined;
  const reached = (name: string) => {
    if (last === undefined) return;
    const now = clock();
    seconds.set(name, (seconds.get(name) ?? 0) + (now - last) / 1000);
    last = now;
  };
  return {
    reached,
    begin: () => {
      last = clock();
    },
    end: () => {
      reached('answer');
      last = undefined;
    },
    list: () => [...seconds].map(([name, seconds]) => ({ name, seconds })),
  };
}
