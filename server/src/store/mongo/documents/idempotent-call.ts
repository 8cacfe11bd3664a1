import type { IdempotentCall } from '../../../domain/ports/idempotent-call-store.ts';

/** A call with an idempotency key. Expires by `expiresAt`. */
export interface IdempotentCallDoc {
  _id: string;
  accountId: string | null;
  appId: string | null;
  targetId: string | null;
  /** Sealed. */
  input: string;
  status: IdempotentCall['status'];
  /** Missing, like its time: no longer kept. */
  sealed?: string;
  sealedUntil?: Date;
  lease: { token: string; until: Date };
  expiresAt: Date;
}

export function toIdempotentCall(doc: IdempotentCallDoc) {
  return {
    id: doc._id,
    accountId: doc.accountId,
    appId: doc.appId,
    targetId: doc.targetId,
    input: doc.input,
    status: doc.status,
    sealed: doc.sealed,
    sealedUntil: doc.sealedUntil?.getTime() ?? 0,
    lease: { token: doc.lease.token, until: doc.lease.until.getTime() },
    expiresAt: doc.expiresAt.getTime(),
  } satisfies Required<IdempotentCall>;
}

export function toIdempotentCallDoc({
  id,
  sealed,
  sealedUntil,
  lease: { token, until },
  expiresAt,
  ...same
}: IdempotentCall): IdempotentCallDoc {
  return {
    _id: id,
    ...same,
    ...(sealed === undefined ? {} : { sealed, sealedUntil: new Date(sealedUntil) }),
    lease: { token, until: new Date(until) },
    expiresAt: new Date(expiresAt),
  };
}
