/**
 * Reads numbered items in the order they are used, and a few ahead of it, into buffers that are used again. Nothing is
 * read ahead before the first item is asked for.
 */
export class ReadAhead {
  private readonly started = new Map<number, Promise<Uint8Array>>();
  private readonly spare: Uint8Array[] = [];

  constructor(
    private readonly options: {
      /** Reads an item into a buffer of `bytes` bytes. -> the part of the buffer that it filled */
      read(item: number, into: Uint8Array): Promise<Uint8Array>;
      /** The item that will probably be asked for after this one. */
      next(item: number): number | undefined;
      bytes: number;
      /** Items read ahead. */
      depth: number;
    },
  ) {}

  /** The item, in a buffer which the caller gives back. */
  async take(item: number): Promise<Uint8Array> {
    const wanted = this.expected(item);
    for (const [other, filled] of this.started) if (!wanted.includes(other)) this.drop(other, filled);
    for (const other of wanted) if (!this.started.has(other)) this.start(other);
    const filled = this.started.get(item)!;
    this.started.delete(item);
    return filled;
  }

  giveBack(filled: Uint8Array): void {
    this.spare.push(new Uint8Array(filled.buffer));
  }

  /** Waits for what is being read, whatever comes of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.started.values());
  }

  /** The item and those that will follow it. */
  private expected(item: number): number[] {
    const items = [item];
    for (let next = this.options.next(item); next !== undefined; next = this.options.next(next)) {
      if (items.length > this.options.depth || items.includes(next)) break;
      items.push(next);
    }
    return items;
  }

  private start(item: number): void {
    const { read, bytes } = this.options;
    const filled = read(item, this.spare.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer));
    filled.catch(() => {}); // told to whoever takes the item; nobody may
    this.started.set(item, filled);
  }

  private drop(item: number, filled: Promise<Uint8Array>): void {
    this.started.delete(item);
    filled.then(
      (bytes) => this.giveBack(bytes),
      () => {},
    );
  }
}
