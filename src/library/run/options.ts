import type { Kernels } from '../../kernels/index.ts';
import { callback, type Fields, flag, network, object, signal } from '../fields.ts';
import type { Progress } from '../progress.ts';

/** Of every call that runs parties. */
export type RunOptions = {
  kernels?: Kernels | undefined;
  /** As if the ends were on such a network: 'lan', 'wan', or a round trip and a bandwidth such as '10ms,1Gbit'. */
  network?: string | undefined;
  /** Ends everything, and removes what was made. */
  signal?: AbortSignal | undefined;
  /** Check that values stay within their rings: where the weights prove too little, unless told otherwise. */
  checkRanges?: boolean | undefined;
  /** Give an answer although values left their range. */
  allowOverflow?: boolean | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
};

export const RUN_FIELDS: Fields<RunOptions> = {
  kernels: object('what loadKernels() gave', 'matmul'),
  ...{ network, signal, checkRanges: flag, allowOverflow: flag, onProgress: callback },
};
