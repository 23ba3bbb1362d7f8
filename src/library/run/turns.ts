/** Whose turn it is to ask the parties. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private readonly inLine = new Set<() => void>();
  /** Calls whoever has the turn, when somebody else wants it. */
  private wanted: (() => void) | undefined;

  /** How many wait, or have it. */
  waiting = 0;

  /** Waits for the turn. Whoever gets it hears by `onWanted` that others wait, and ends it with the function that this gives. */
  async take(onWanted?: () => void): Promise<() => void> {
    const before = this.last;
    let end = () => {};
    this.last = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.waiting++;
    const want = () => this.wanted?.();
    this.inLine.add(want);
    want();
    await before;
    this.inLine.delete(want);
    this.wanted = onWanted;
    if (this.inLine.size > 0) onWanted?.();
    return () => {
      this.waiting--;
      this.wanted = undefined;
      end();
    };
  }

  /** Settles when nobody waits any more. */
  idle(): Promise<unknown> {
    return this.last;
  }
}
