/**
 * One interface for every way two ends can talk. Messages carry a label, so that their order of arrival does not matter:
 * an early message waits under its label, an early receiver waits as a promise.
 *
 * A frame is [length: u32 LE, of label and payload][label: 12 bytes][payload]. Bytes are counted here and nowhere else,
 * headers included, when a frame is handed over for sending and when it has been received.
 */
export const LABEL_BYTES = 12;
export const HEADER_BYTES = 4 + LABEL_BYTES;

/** 12 bytes as a latin-1 string, so that it can be a map key. */
export type Label = string;

export type Traffic = { sent: number; received: number };

export interface Link {
  /** Name of the other end, for messages to people: 'party 2', 'client'. */
  readonly peer: string;
  readonly traffic: Traffic;
  /**
   * Sends one message made of the given parts, in order. Never blocks; the parts must not change afterwards. Those from the link's
   * buffers are given back when they have left.
   */
  send(label: Label, ...parts: Uint8Array[]): void;
  /** Resolves with the payload of the message under this label. Rejects when the link fails or closes first. */
  receive(label: Label): Promise<Uint8Array>;
  /** Resolves when less than the link's bound waits to be sent: the dealer's brake. */
  drained(): Promise<void>;
  /** Sends what waits, then closes. Receivers still waiting on the other side are rejected. */
  close(): Promise<void>;
  /** Closes at once and rejects every waiting receiver with the reason. */
  destroy(reason: Error): void;
}
