import { type Parties, partiesOf } from '../library/parties.ts';
import { chatText } from '../library/run/chat-text.ts';
import { continuationOf, type Piece } from '../library/run/continue.ts';
import type { Prompt } from '../library/run/prompt.ts';
import { forEachText } from '../library/run/query.ts';
import type { Run } from '../library/run/run.ts';
import { describeGeneration, type Generated, type GenerateReport } from '../report/generate.ts';
import { type HtmlOptions, writeHtml } from '../terminal/html.ts';
import { terminalStyle } from '../terminal/style.ts';
import type { Context } from '../terminal/verb.ts';
import { type GenerateOptions, promptOf } from './generate-options.ts';
import { costOf, type RunOptions, settingOf } from './run-options.ts';
import type { Asked } from './texts.ts';

type Options = RunOptions & GenerateOptions & HtmlOptions;

/** `puma infer` of a model that generates: new text goes to standard output as it comes. -> the report */
export async function continueTexts(
  run: Run,
  texts: readonly Asked[],
  options: Options,
  { write, warn, bars }: Context,
): Promise<string> {
  const prompts = texts.map((asked): Prompt => {
    const words = 'messages' in asked ? asked : asked.ids === undefined ? { prompt: asked.text! } : { ids: asked.ids };
    return { ...promptOf(options), ...words, where: asked.where } as Prompt;
  });
  const { signal } = run.options;
  const checked = await forEachText(prompts, signal, (prompt) => continuationOf(run.reader, run.permits, prompt));
  warn([...run.reader.warnings, ...checked.flatMap(({ warnings }) => warnings)]);
  const show = options.json ? async () => {} : write;
  const parties = await partiesOf(run);
  try {
    const results: Generated[] = [];
    const perToken: GenerateReport['perToken'] = [];
    for (const [i, prompt] of prompts.entries()) {
      if (i > 0) await show('\n\n');
      const { messages } = prompt;
      const asText = messages && chatText(run.reader, messages).text;
      const begins = bars.textBegins;
      const { pieces, result } = await continueOne(parties, prompt, { show, begins, asText }).finally(bars.textEnds);
      results.push(result);
      perToken.push(...pieces.map(({ seconds, bytes, rounds }) => ({ seconds, bytes: bytes.total, rounds })));
    }
    const { model, task, ...cost } = costOf(parties.report());
    warn(cost.warnings ?? []);
    const report: GenerateReport = { model, task, results, perToken, ...cost };
    await writeHtml(options, 'infer', (pages, about) => pages.inferPage(report, about));
    if (options.json) return JSON.stringify(report);
    const lengths = checked.map(({ query }) => query.ids.length);
    return describeGeneration(report, settingOf(run.options, lengths, options), terminalStyle());
  } finally {
    await parties.close();
  }
}

type Shown = {
  show(text: string): Promise<void>;
  /** Called before anything is shown: until then a bar may stand in its place. */
  begins(): void;
  /** Of a conversation: what its template makes of it. */
  asText?: string | undefined;
};

/** One text to its end. Without a tokenizer it is shown as token ids. Of a conversation the answer alone is shown. */
async function continueOne(
  parties: Parties,
  prompt: Prompt,
  { show, begins, asText }: Shown,
): Promise<{ pieces: Piece[]; result: Generated }> {
  const inIds = (ids: readonly number[]) => parties.decode(ids) ?? ids.map((id) => ` ${id}`).join('');
  const readable = parties.decode([]) !== undefined;
  const pieces: Piece[] = [];
  for await (const piece of parties.generate(prompt)) {
    if (pieces.length === 0) begins();
    if (pieces.length === 0 && asText === undefined)
      await show(terminalStyle().faint(prompt.prompt ?? inIds(prompt.ids!)));
    pieces.push(piece);
    await show(readable ? piece.text : ` ${piece.id}`);
  }
  const logits = pieces.flatMap(({ logits }) => (logits ? [Array.from(logits)] : []));
  const result = {
    prompt: asText ?? prompt.prompt ?? [...prompt.ids!],
    ...(prompt.messages ? { messages: prompt.messages } : {}),
    tokens: pieces.map(({ id }) => id),
    text: readable ? pieces.map(({ text }) => text).join('') : null,
    ...(logits.length > 0 ? { logits } : {}),
  };
  return { pieces, result };
}
