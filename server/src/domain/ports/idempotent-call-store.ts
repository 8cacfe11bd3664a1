import type { SealedText } from '../webhook.ts';

/* Calls with an idempotency key, so that a repeated call has the result of the first one. */

/** A call with an idempotency key. Times are epoch ms. */
export interface IdempotentCall {
  /** Hash of the credential, the operation and the idempotency key. */
  readonly id: string;
  readonly accountId: string | null;
  /** The app that the call concerns. Erased with it. Null: none. */
  readonly appId: string | null;
  /** The object that the call makes or changes. Null: none. */
  readonly targetId: string | null;
  /** The hash of the input, sealed because secrets in it could be guessed from a plain hash. */
  readonly input: SealedText;
  readonly status: 'running' | 'done';
  /**
   * While the call runs, the ids and secrets that it reserved; afterwards its response. Undefined: no longer
   * kept.
   */
  readonly sealed: SealedText | undefined;
  readonly sealedUntil: number;
  readonly lease: CallLease;
  /** When the idempotency key can be used for another call. */
  readonly expiresAt: number;
}

/** The right to run a call. */
export interface CallLease {
  /** Fencing token. */
  readonly token: string;
  /** Another process may run the call after this time. */
  readonly until: number;
}

export interface IdempotentCallStore {
  /** Returns a call, also one that has expired. */
  find(id: string): Promise<IdempotentCall | undefined>;
  /** Inserts a running call. Returns false if its key is in use. Replaces a call that has expired. */
  begin(call: IdempotentCall, now: number): Promise<boolean>;
  /** Takes over a running call whose lease has ended. Returns false if another process was faster. */
  takeOver(id: string, ended: CallLease, next: CallLease): Promise<boolean>;
  /** Stores the response of a call that the holder of the token ran. */
  complete(id: string, token: string, response: CallResponse): Promise<void>;
  /** Frees the key, because the call had no effect. */
  release(id: string, token: string): Promise<void>;
  /** Ends the lease, so that a repeated call can continue at once. */
  endLease(id: string, token: string, now: number): Promise<void>;
  /** Removes up to `limit` sealed texts that are no longer kept. Returns their number. */
  dropSealed(now: number, limit: number): Promise<number>;
}

export interface CallResponse {
  readonly targetId: string | null;
  readonly sealed: SealedText;
  readonly sealedUntil: number;
}
