/** Text and data inside HTML: whatever comes from users, labels or files goes through here. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** As text or as a quoted attribute. Control characters, which HTML forbids, become U+FFFD; line breaks stay. */
export const escaped = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n]|\p{Cs}/gu, '\ufffd').replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** JSON for a <script> that is data: no `<` in it, so nothing can end or begin an element. */
export const embedded = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
