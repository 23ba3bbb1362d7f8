/** Bytes of inferences: every byte is counted once, where it is sent. */
export type Bytes = {
  /** From the dealer to the evaluators. */
  dealer: number;
  /** Between the evaluators. */
  online: number;
  /** With the client, both ways. */
  client: number;
  total: number;
  perParty: { party: number; sent: number; received: number }[];
  /** Between '0', '1', '2' and 'client', each way that was used. */
  links: { from: string; to: string; bytes: number }[];
};
