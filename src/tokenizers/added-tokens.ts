import type { AddedToken, ModelPart } from './json.ts';

/**
 * The added tokens of a tokenizer, numbered as the tokenizers library numbers them: a token that the model knows keeps its id, a new
 * one gets the next after all there are, whatever its file says. A later description of the same token takes the place of an earlier one.
 */
export class AddedTokens {
  /** Every description, in the order of adding: whoever reads them again comes to the same end. */
  readonly history: AddedToken[] = [];
  private readonly ids = new Map<string, number>();
  private readonly own: ReadonlyMap<string, number>;
  private readonly size: number;

  constructor({ vocab }: ModelPart) {
    this.own = Array.isArray(vocab) ? new Map(vocab.map(([piece], id) => [piece, id])) : new Map(Object.entries(vocab));
    this.size = Array.isArray(vocab) ? vocab.length : this.own.size;
  }

  /** Adds them at once. */
  add(tokens: readonly AddedToken[]): void {
    const largest = [...this.ids.values()].reduce((a, b) => Math.max(a, b), -1);
    let next = Math.max(largest + 1, this.size);
    for (const token of tokens) {
      if (token.content === '') continue;
      this.history.push(token);
      this.ids.set(token.content, this.idOf(token.content) ?? next++);
    }
  }

  has(content: string): boolean {
    return this.ids.has(content);
  }

  /** The id of a token, added or the model's own. */
  idOf(content: string): number | undefined {
    return this.ids.get(content) ?? this.own.get(content);
  }

  /** For tokenizer.json. */
  listed(): (AddedToken & { normalized: boolean; id: number })[] {
    return this.history.map((token) => ({
      ...{ id: this.ids.get(token.content)!, ...token, normalized: token.normalized ?? !token.special },
    }));
  }

  /** One more than the largest id among the model's own tokens and these. */
  sizeWith(listed: readonly string[]): number {
    let largest = -1;
    for (const id of this.own.values()) largest = Math.max(largest, id);
    for (const content of listed) largest = Math.max(largest, this.ids.get(content) ?? -1);
    return largest + 1;
  }
}
