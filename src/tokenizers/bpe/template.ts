import { z } from 'zod';
import { Part, Unsupported, unsupported } from './part.ts';

/** Ids and their types: which of two texts they belong to. */
export type Encoded = { ids: number[]; types: number[] };

/** Puts the ids of one text or two together and adds what the model wants around them. */
export type Template = (a: readonly number[], b?: readonly number[]) => Encoded;

const TypeId = z.int().min(0);
const Item = z.union([
  z.object({ SpecialToken: z.object({ id: z.string(), type_id: TypeId }) }),
  z.object({ Sequence: z.object({ id: z.enum(['A', 'B']), type_id: TypeId }) }),
]);
type Item = z.infer<typeof Item>;

const TemplateProcessing = z.object({
  single: z.array(Item),
  pair: z.array(Item),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(TypeId) })),
});

const Ends = z.object({ sep: z.tuple([z.string(), TypeId]), cls: z.tuple([z.string(), TypeId]) });
const Sequence = z.object({ processors: z.array(Part) });

/** The post-processor of tokenizer.json. */
export function templateOf(part: Part | null): Template {
  switch (part?.type) {
    case undefined:
    case 'ByteLevel': // moves offsets, which nobody asks for here
      return plain;
    case 'TemplateProcessing':
      return filled(TemplateProcessing.parse(part));
    case 'RobertaProcessing':
      return roberta(Ends.parse(part));
    case 'Sequence': {
      const steps = Sequence.parse(part).processors.filter(({ type }) => type !== 'ByteLevel');
      if (steps.length > 1) throw new Unsupported('the post-processor adds tokens in several steps');
      return templateOf(steps[0] ?? null);
    }
    default:
      return unsupported('post-processor', part!.type);
  }
}

/** A post-processor that puts these tokens before and after each text. */
export function aroundEach(before: string | null, after: string | null, idOf: (token: string) => number): Part {
  const side = (token: string | null, type_id: number) =>
    token === null ? [] : [{ SpecialToken: { id: token, type_id } }];
  const text = (id: 'A' | 'B', type_id: number) => [
    ...side(before, type_id),
    { Sequence: { id, type_id } },
    ...side(after, type_id),
  ];
  const tokens = [before, after].filter((token) => token !== null);
  const special_tokens = Object.fromEntries(tokens.map((token) => [token, { ids: [idOf(token)] }]));
  return { type: 'TemplateProcessing', single: text('A', 0), pair: [...text('A', 0), ...text('B', 1)], special_tokens };
}

const plain: Template = (a, b = []) => ({ ids: [...a, ...b], types: [...a.map(() => 0), ...b.map(() => 1)] });

function filled({ single, pair, special_tokens }: z.infer<typeof TemplateProcessing>): Template {
  for (const item of [...single, ...pair]) {
    if ('SpecialToken' in item && !special_tokens[item.SpecialToken.id])
      throw new Unsupported(`the post-processor names ${JSON.stringify(item.SpecialToken.id)} and does not say its id`);
  }
  return (a, b) => {
    const idsOf = (item: Item) =>
      'SpecialToken' in item ? special_tokens[item.SpecialToken.id]!.ids : item.Sequence.id === 'A' ? a : (b ?? []);
    const parts = (b ? pair : single).map((item) => {
      const { type_id } = 'SpecialToken' in item ? item.SpecialToken : item.Sequence;
      return { ids: idsOf(item), type: type_id };
    });
    return {
      ids: parts.flatMap(({ ids }) => [...ids]),
      types: parts.flatMap(({ ids, type }) => ids.map(() => type)),
    };
  };
}

/** <s> A </s>, or <s> A </s></s> B </s>; all of type 0. */
function roberta({ sep: [, end], cls: [, start] }: z.infer<typeof Ends>): Template {
  return (a, b) => {
    const ids = [start, ...a, end, ...(b ? [end, ...b, end] : [])];
    return { ids, types: ids.map(() => 0) };
  };
}
