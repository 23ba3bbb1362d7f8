/** What new tokens say, as they come. Pieces of text appear when they are sure: whole characters, and no beginning of a stop text. */
export type Decode = (ids: readonly number[]) => string;

export class Writing {
  private readonly tokens: number[] = [];
  private readonly before: number;
  private written = '';

  /** Goes on behind `prompt`, whose ids are decoded too: how a token is written depends on what stands before it. */
  constructor(
    private readonly decode: Decode,
    private readonly prompt: readonly number[],
    private readonly stops: readonly string[] = [],
  ) {
    this.before = decode(prompt).length;
  }

  /** -> what can be shown now, beyond what was */
  push(id: number): string {
    this.tokens.push(id);
    const { text } = this;
    return this.show(this.stopped ? text : text.slice(0, text.length - this.unsure(text)));
  }

  /** -> what was held back until now */
  end(): string {
    return this.show(this.text);
  }

  /** All that the new tokens say, up to a stop text. */
  get text(): string {
    const all = this.all();
    const at = this.stopAt(all);
    return at < 0 ? all : all.slice(0, at);
  }

  get stopped(): boolean {
    return this.stopAt(this.all()) >= 0;
  }

  private all(): string {
    return this.decode([...this.prompt, ...this.tokens]).slice(this.before);
  }

  private stopAt(text: string): number {
    const found = this.stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    return found.length > 0 ? Math.min(...found) : -1;
  }

  /** Characters at the end that later tokens may change: half a character, or what may become a stop text. */
  private unsure(text: string): number {
    if (text.endsWith('\ufffd')) return text.length - text.replace(/\ufffd+$/, '').length;
    const longest = Math.max(0, ...this.stops.map((stop) => stop.length - 1));
    for (let n = Math.min(longest, text.length); n > 0; n--) {
      if (this.stops.some((stop) => stop.startsWith(text.slice(-n)))) return n;
    }
    return 0;
  }

  private show(text: string): string {
    const piece = text.slice(this.written.length);
    if (piece !== '') this.written = text;
    return piece;
  }
}
