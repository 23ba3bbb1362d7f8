import { after, type Query } from '../../models/query.ts';

/** What the parties keep of a text: the ids whose keys and values they hold, and the conversation that they are of. */
type Text = { thread: object | undefined; ids: readonly number[] };

const NOTHING: Text = { thread: undefined, ids: [] };

/**
 * What the parties need not read again. A text shares its beginning with an earlier one only within a conversation: parties are not told
 * that other texts begin alike.
 */
export class Kept {
  private text = NOTHING;

  /** `inParts`: how long texts can be that are read in parts. */
  constructor(private readonly inParts: number) {}

  /** A query that begins a text of this thread, without the tokens that are kept. The last one is read: its logits are wanted. */
  unread(query: Query, thread: object | undefined): Query {
    const { ids, from = 0, mask } = query;
    const { text } = this;
    if (from > 0 || mask || thread === undefined || thread !== text.thread) return query;
    if (Math.max(ids.length, text.ids.length) > this.inParts) return query;
    const different = ids.findIndex((id, i) => id !== text.ids[i]);
    return after(query, Math.min(different < 0 ? ids.length : different, ids.length - 1));
  }

  /** -> what was kept */
  forget(): Text {
    const { text } = this;
    this.text = NOTHING;
    return text;
  }

  /** The parties have read this query; `before` is what they kept until then. */
  add(before: Text, { ids, from = 0, mask }: Query, thread: object | undefined): void {
    if (thread === undefined || mask) return;
    if (from > 0 && before.thread !== thread) return;
    this.text = { thread, ids: [...before.ids.slice(0, from), ...ids] };
  }
}
