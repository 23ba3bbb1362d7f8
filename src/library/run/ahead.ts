/** Items of a source as they are asked for; all at once, for as long as somebody waits for the source to end. */
export class Ahead<T> {
  private readonly ready: T[] = [];
  private pulling: Promise<void> | undefined;
  private failure: { error: unknown } | undefined;
  private ended = false;
  private hurried = false;

  /** `onEnd` is called once, when the source gives nothing more. */
  constructor(
    private readonly source: AsyncGenerator<T>,
    private readonly onEnd: () => void,
  ) {}

  /** -> the next item, or undefined behind the last. Throws what the source throws, after the items before that. */
  async next(): Promise<T | undefined> {
    while (this.ready.length === 0 && !this.ended) await this.pull();
    if (this.ready.length === 0 && this.failure) throw this.failure.error;
    return this.ready.shift();
  }

  /** Does not wait to be asked any more. */
  readonly hurry = (): void => {
    this.hurried = true;
    if (!this.ended) void this.pull();
  };

  /** Asks for no more. */
  async leave(): Promise<void> {
    this.hurried = false;
    await this.source.return(undefined).catch(() => {});
    this.end();
  }

  private pull(): Promise<void> {
    return (this.pulling ??= this.pullOne().finally(() => {
      this.pulling = undefined;
      if (this.hurried && !this.ended) void this.pull();
    }));
  }

  private async pullOne(): Promise<void> {
    try {
      const { done, value } = await this.source.next();
      if (done) this.end();
      else this.ready.push(value);
    } catch (error) {
      this.failure = { error };
      this.end();
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd();
  }
}
