import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Actor } from '../../domain/access.ts';
import { fieldError, isTocsinError, TocsinError } from '../../domain/errors.ts';
import type {
  CallLease,
  IdempotentCall,
  IdempotentCallStore,
} from '../../domain/ports/idempotent-call-store.ts';
import type { Clock, Ids, Log } from '../../domain/ports/runtime.ts';
import type { SealPlace, SecretBox } from '../../domain/ports/secret-box.ts';
import { toCallId, toFingerprint } from './call-id.ts';

export interface IdempotentCallsDeps {
  readonly store: IdempotentCallStore;
  readonly secretBox: Pick<SecretBox, 'encrypt' | 'decrypt'>;
  readonly ids: Pick<Ids, 'audit'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A call that may have an idempotency key. The caller has checked the access of the actor. */
export interface CallRequest<TReserved extends object, TOutput extends object> {
  readonly actor: Actor;
  /** Name of the procedure. */
  readonly operation: string;
  /** Undefined: every call runs. */
  readonly key: string | undefined;
  /** Everything that the result depends on. */
  readonly input: object;
  readonly accountId: string | null;
  readonly appId: string | null;
  /**
   * Returns the ids and secrets of what the call makes, as JSON values. They are stored before the work, so
   * that a process that continues the call makes the same.
   */
  readonly reserve: (at: number) => TReserved;
  /** The object that the call makes or changes. The output is missing before the call has ended. */
  readonly getTargetId: (reserved: TReserved, output?: TOutput) => string | null;
  /** Does the work. If `run.isContinued`, an earlier run may have done it in full or in part. */
  readonly work: (reserved: TReserved, run: CallRun) => Promise<TOutput>;
}

export interface CallRun {
  /** When the call was first made, epoch ms. */
  readonly at: number;
  /** Id of the audit entry. Undefined: a new one. */
  readonly entryId: string | undefined;
  readonly isContinued: boolean;
}

/** What a running call stores. */
interface Reservation<TReserved> {
  readonly at: number;
  readonly entryId: string;
  readonly reserved: TReserved;
}

const minuteMs = 60_000;

/** How long a response is kept, which can contain a secret. */
const keepResponseMs = 15 * minuteMs;

/** How long an idempotency key is remembered. */
const keepCallMs = 24 * 60 * minuteMs;

/** A call ends sooner unless its process died. The work of two processes at once makes the same object. */
const leaseMs = 20_000;

/** How often and how many times a repeated call looks whether the first one has ended. */
const pollMs = 50;
const maxPolls = 20;

const retryAfterSeconds = 1;

/**
 * Runs calls with an idempotency key once. A repeated call gets the response of the first one. After a crash,
 * it continues the first one with the ids and secrets that were reserved.
 *
 *   (none) --begin--> running --work ends--> done --24 hours--> (none)
 *   running --work fails without an effect--> (none);   running --lease ends--> running, by a repeated call
 */
export function createIdempotentCalls(deps: IdempotentCallsDeps) {
  const { store, clock, log } = deps;
  return {
    async run<TReserved extends object, TOutput extends object>(
      request: CallRequest<TReserved, TOutput>,
    ): Promise<TOutput> {
      const { actor, operation, key, reserve, work } = request;
      const at = clock.now();
      if (key === undefined) return await work(reserve(at), { at, entryId: undefined, isContinued: false });
      const id = toCallId(actor, operation, key);
      for (let polls = 0; polls < maxPolls; polls++) {
        const output = await tryRun(deps, id, request);
        if (output !== undefined) return output;
        await wait(pollMs);
      }
      throw new TocsinError(
        'CALL_IN_PROGRESS',
        `idempotencyKey: the first call with this key is still running; repeat it in ${retryAfterSeconds} s`,
        { retryAfterSeconds },
      );
    },

    /** Removes responses and reserved secrets that are no longer kept. */
    async dropExpired(signal: AbortSignal): Promise<void> {
      try {
        while (!signal.aborted && (await store.dropSealed(clock.now(), dropBatch)) === dropBatch);
      } catch (error) {
        log.warn({ err: error }, 'could not remove expired responses of calls; will retry');
      }
    },
  };
}

/** Documents of one batch. */
const dropBatch = 500;

export type IdempotentCalls = ReturnType<typeof createIdempotentCalls>;

/** Begins or continues a call, or returns its response. Undefined: another process runs it. */
async function tryRun<TReserved extends object, TOutput extends object>(
  deps: IdempotentCallsDeps,
  id: string,
  request: CallRequest<TReserved, TOutput>,
): Promise<TOutput | undefined> {
  const { store, secretBox, clock } = deps;
  const now = clock.now();
  const lease = { token: randomUUID(), until: now + leaseMs };
  const fingerprint = toFingerprint(request.input);
  const stored = await store.find(id);
  if (stored === undefined || stored.expiresAt <= now) {
    const reservation = { at: now, entryId: deps.ids.audit(now), reserved: request.reserve(now) };
    const call = toNewCall(deps, id, request, { fingerprint, reservation, lease });
    if (!(await store.begin(call, now))) return undefined;
    return await execute(deps, { id, token: lease.token, isContinued: false }, request, reservation);
  }
  const known = open(secretBox, stored.input, { callId: id, field: 'input' });
  if (known !== undefined && known !== fingerprint) throw inputError();
  // `as`, twice: the texts are authenticated, so they are what this function and `execute` stored.
  if (stored.status === 'done') return readKept(secretBox, stored, 'response', now) as TOutput;
  if (now < stored.lease.until) return undefined;
  const reservation = readKept(secretBox, stored, 'reserved', now) as Reservation<TReserved>;
  if (!(await store.takeOver(id, stored.lease, lease))) return undefined;
  return await execute(deps, { id, token: lease.token, isContinued: true }, request, reservation);
}

function toNewCall<TReserved extends object, TOutput extends object>(
  { secretBox }: Pick<IdempotentCallsDeps, 'secretBox'>,
  id: string,
  { accountId, appId, getTargetId }: CallRequest<TReserved, TOutput>,
  {
    fingerprint,
    reservation,
    lease,
  }: {
    readonly fingerprint: string;
    readonly reservation: Reservation<TReserved>;
    readonly lease: CallLease;
  },
): IdempotentCall {
  return {
    id,
    accountId,
    appId,
    targetId: getTargetId(reservation.reserved),
    input: secretBox.encrypt(fingerprint, { callId: id, field: 'input' }),
    status: 'running',
    sealed: secretBox.encrypt(JSON.stringify(reservation), { callId: id, field: 'reserved' }),
    sealedUntil: reservation.at + keepResponseMs,
    lease,
    expiresAt: reservation.at + keepCallMs,
  };
}

async function execute<TReserved extends object, TOutput extends object>(
  { store, secretBox, clock, log }: IdempotentCallsDeps,
  { id, token, isContinued }: { readonly id: string; readonly token: string; readonly isContinued: boolean },
  request: CallRequest<TReserved, TOutput>,
  { at, entryId, reserved }: Reservation<TReserved>,
): Promise<TOutput> {
  const warn = (error: unknown) => {
    log.warn({ err: error, operation: request.operation }, 'could not store the end of a call');
  };
  let output: TOutput;
  try {
    output = await request.work(reserved, { at, entryId, isContinued });
  } catch (error) {
    const end = hadNoEffect(error) ? store.release(id, token) : store.endLease(id, token, clock.now());
    await end.catch(warn);
    throw error;
  }
  const sealed = secretBox.encrypt(JSON.stringify(output), { callId: id, field: 'response' });
  const sealedUntil = clock.now() + keepResponseMs;
  const targetId = request.getTargetId(reserved, output);
  // The work is done. If this fails, a repeated call continues it and finds what it made.
  await store.complete(id, token, { targetId, sealed, sealedUntil }).catch(warn);
  return output;
}

/**
 * Whether the call was rejected, so that a corrected one may use its key. The outcome of other failures is
 * unknown.
 */
function hadNoEffect(error: unknown): boolean {
  return isTocsinError(error) && error.httpStatus < 500;
}

/** Reads what a call stored. Throws RESPONSE_EXPIRED if it is no longer kept. */
function readKept(
  secretBox: Pick<SecretBox, 'decrypt'>,
  stored: IdempotentCall,
  field: 'reserved' | 'response',
  now: number,
): unknown {
  const { id, sealed, sealedUntil } = stored;
  const isKept = sealed !== undefined && now < sealedUntil;
  const text = isKept ? open(secretBox, sealed, { callId: id, field }) : undefined;
  if (text === undefined) throw expiredError(stored);
  return JSON.parse(text);
}

/** Undefined if no key decrypts the text: the encryption key was rotated, which does not reseal calls. */
function open(secretBox: Pick<SecretBox, 'decrypt'>, sealed: string, place: SealPlace): string | undefined {
  try {
    return secretBox.decrypt(sealed, place);
  } catch {
    return undefined;
  }
}

function inputError(): TocsinError {
  return fieldError(
    'idempotencyKey',
    'a call with this key had another input; send a new key for another call',
    'IDEMPOTENCY_CONFLICT',
  );
}

function expiredError({ targetId, status }: IdempotentCall): TocsinError {
  const made = targetId === null ? 'taken effect' : `made or changed ${targetId}`;
  return fieldError(
    'idempotencyKey',
    `a call with this key ${status === 'done' ? 'has' : 'may have'} ${made}, and its response is no longer kept; send a new key for another call`,
    'RESPONSE_EXPIRED',
  );
}
