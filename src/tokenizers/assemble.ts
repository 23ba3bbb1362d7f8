import { AddedTokens } from './added-tokens.ts';
import type { Source, Specials, TokenizerClass } from './classes/class.ts';
import { type AddedToken, type Part, type Pipeline, plainToken, type TokenizerJson, tokenizerError } from './json.ts';
import { NAMES, type Name, type Settings } from './settings.ts';
import { aroundEach, type Ends } from './template.ts';

/** A tokenizer before a library runs it. */
export type Plan = {
  readonly path: string;
  readonly json: TokenizerJson;
  /** Whether the model gets the types of tokens; whether decoded text loses the space before marks. */
  readonly types: boolean;
  readonly cleanUp: boolean;
  readonly refused: string | undefined;
  readonly vocabularySize: number;
  /** Special tokens by name. */
  readonly specials: Readonly<Record<string, string>>;
  readonly ids: { bosId?: number; eosId?: number; padId?: number };
};

/** Special tokens of the class, but as the files name them, in the order in which they are added. `pad`: what tokenizer.json pads with. */
export function specialsOf(rule: TokenizerClass | undefined, { named }: Settings, pad?: string): Specials {
  const all = new Map<string, AddedToken | null>();
  const own: TokenizerClass['defaults'] = { ...(pad !== undefined && { pad_token: pad }), ...rule?.defaults };
  for (const name of new Set([...NAMES, ...Object.keys(own), ...named.keys()])) {
    const standing = own[name];
    const token = named.has(name) ? named.get(name)! : typeof standing === 'string' ? plainToken(standing) : standing;
    if (token !== undefined) all.set(name, token && (rule?.describe?.(name, token) ?? token));
  }
  return all;
}

/** Puts the tokenizer together: adds the special tokens, and then chooses what goes around a text, as transformers does. */
export function assemble(
  rule: TokenizerClass | undefined,
  parts: Pipeline,
  {
    source,
    settings,
    specials,
    kept = [],
  }: { source: Source; settings: Settings; specials: Specials; kept?: readonly AddedToken[] },
  fromJson: boolean,
): Plan {
  const added = new AddedTokens(parts.model);
  added.add(kept);
  added.add(missing(added, specials, settings, source));
  const idOf = (content: string) => added.idOf(content) ?? added.idOf(specials.get('unk_token')?.content ?? '');
  const ends = (name: Name): Ends => {
    const token = specials.get(name);
    const id = token ? idOf(token.content) : undefined;
    if (token && id !== undefined) return [token.content, id];
    throw tokenizerError(
      `${source.path}: there is no ${name}, which goes around a text`,
      'Name it in tokenizer_config.json.',
    );
  };
  const around = textEnds(rule, settings, parts.post_processor, fromJson);
  const template =
    around &&
    aroundEach(...(around.map((name) => (name && specials.get(name) ? ends(name) : undefined)) as [Ends?, Ends?]));
  const own: Part | undefined = rule?.finish?.({ source, settings, specials, added, ends });
  const { normalizer, pre_tokenizer, decoder, model } = parts;
  const json: TokenizerJson = {
    ...{ version: '1.0', truncation: null, padding: null, added_tokens: added.listed() },
    ...{ normalizer, pre_tokenizer, post_processor: own ?? template ?? parts.post_processor, decoder, model },
  };
  const listed = [...kept, ...settings.listed.map(({ token }) => token)].map(({ content }) => content);
  const vocabularySize = added.sizeWith(listed);
  return {
    ...{ path: source.path, json, vocabularySize, refused: rule?.refused },
    types: (settings.model_input_names ?? (rule?.types ? ['token_type_ids'] : [])).includes('token_type_ids'),
    cleanUp: cleansUp(settings, parts),
    specials: Object.fromEntries([...specials].flatMap(([name, token]) => (token ? [[name, token.content]] : []))),
    ids: Object.fromEntries(
      (['bos', 'eos', 'pad'] as const).flatMap((name) => {
        const token = specials.get(`${name}_token`);
        const id = token ? added.idOf(token.content) : undefined;
        return id === undefined || id >= vocabularySize ? [] : [[`${name}Id`, id]];
      }),
    ),
  };
}

/** Tokens that the files list, special ones by name, and more of them: those that are not there yet. Named ones are special. */
function missing(there: AddedTokens, specials: Specials, settings: Settings, { pieces }: Source): AddedToken[] {
  const named = new Set([...specials.values()].map((token) => token?.content));
  const more = settings.listed.map(({ token }) => token);
  const has = (content: string) => there.has(content) || more.some((token) => token.content === content);
  for (const token of specials.values()) if (token && !has(token.content)) more.push(token);
  const extra = settings.extra ?? pieces ?? settings.additional ?? [];
  for (const token of extra) if (!has(token.content)) more.push(token);
  return more.map((token) => (named.has(token.content) ? { ...token, special: true } : token));
}

/** The tokens around each text, where the settings say so or nothing else says what goes around it. */
function textEnds(
  rule: TokenizerClass | undefined,
  { add_bos_token: bos, add_eos_token: eos }: Settings,
  post: Part | null,
  fromJson: boolean,
): [Name?, Name?] | undefined {
  // beside a tokenizer.json these settings do not count
  const [start, end] = fromJson ? [undefined, undefined] : [bos, eos];
  if (start === undefined && end === undefined && !rule?.addBos && post !== null) return undefined;
  const first = start === undefined ? (rule?.addBos ?? false) : start;
  return [first ? 'bos_token' : undefined, end ? 'eos_token' : undefined];
}

/** transformers cleans up, where it is asked to, unless the model joins pairs of bytes: there it would do harm. */
function cleansUp(settings: Settings, { model }: Pipeline): boolean {
  if (!settings.clean_up_tokenization_spaces) return false;
  const forced = settings.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output ?? false;
  return forced || !(model.type === 'BPE' || (model.type === undefined && 'merges' in model));
}
