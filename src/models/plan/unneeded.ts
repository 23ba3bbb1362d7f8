import type { Model } from '../model.ts';

/**
 * A line that names the tensors of a checkpoint which the model is not made of, or none. transformers tells of them as unexpected keys: a
 * config.json of another model has such.
 */
export function unneededTensors(model: Pick<Model, 'plan'>, names: ReadonlySet<string>): string[] {
  const asked = new Asked(names);
  model.plan(asked);
  const rest = [...names].filter((name) => !asked.asked.has(name) && !HARMLESS.test(name)).sort();
  if (rest.length === 0) return [];
  const more = rest.length > SHOWN ? ` and ${rest.length - SHOWN} more` : '';
  return [
    `tensors of the checkpoint that the model does not have were not used: ${rest.slice(0, SHOWN).join(', ')}${more}`,
  ];
}

/** Names that remember which of them were asked for. */
class Asked extends Set<string> {
  readonly asked = new Set<string>();

  override has(name: string): boolean {
    this.asked?.add(name); // none while the set itself is made
    return super.has(name);
  }
}

/** Constants that older versions saved, and that follow from config.json: positions, masks of attention, turns. */
const HARMLESS = /(^|\.)(position_ids|token_type_ids|attn\.(masked_)?bias|rotary_emb\.inv_freq|(cos|sin)_cached)$/;

const SHOWN = 5;
