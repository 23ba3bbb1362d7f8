import { PumaError } from '../errors.ts';
import { firstIssue } from '../files/json.ts';
import { ModelRing } from './schema.ts';

/** The ring with another one for linear layers, written "BITS,INPUT,WEIGHT": 40,12,13. Throws E_RING. */
export function linearRing(text: string, ring: ModelRing): ModelRing {
  const fail = (what: string): never => {
    throw new PumaError('E_RING', `${JSON.stringify(text)} is no ring for linear layers: ${what}`, LINEAR_HINT);
  };
  const numbers = /^(\d+),(\d+),(\d+)$/.exec(text.replaceAll(' ', ''))?.slice(1).map(Number);
  const [bits, input, weight] = numbers ?? fail('three whole numbers with commas are expected');
  const parsed = ModelRing.safeParse({ ...ring, linear: { bits, input, weight }, sites: {} });
  return parsed.success ? parsed.data : fail(firstIssue(parsed.error));
}

const LINEAR_HINT =
  'Give BITS,INPUT,WEIGHT such as 40,12,13: bits of the ring, fractional bits of the inputs and of the weights.';
