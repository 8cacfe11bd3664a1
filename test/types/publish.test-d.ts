import type {
  BuiltInEvents,
  EventName,
  EventToPublish,
  Published,
  PublishOutcome,
  TocsinClient,
  TocsinClientError,
} from '@tocsin/client';
import { describe, expectTypeOf, it } from 'vitest';

declare const tocsin: TocsinClient;
declare const anyType: EventName<BuiltInEvents>;
const data = { userId: 'u', username: 'n', reason: 'r', bannedBy: 'b' };

describe('publishing', () => {
  it('knows the payload by the name of the event', () => {
    expectTypeOf(tocsin.publish('user.ban', { appId: 'a', data })).resolves.toEqualTypeOf<Published>();
    expectTypeOf(tocsin.publish<'license.created'>)
      .parameter(1)
      .toHaveProperty('data');
  });

  it('rejects a name that is not in the catalog, or cannot be published', () => {
    // @ts-expect-error not in the catalog
    void tocsin.publish('user.banned', { appId: 'a', data });
    // @ts-expect-error a test ping is sent by webhooks.test
    void tocsin.publish('test', { appId: 'a', data: { message: 'm', webhookId: 'w' } });
  });

  it('rejects a payload with a missing, mistyped or misspelled field', () => {
    // @ts-expect-error bannedBy is missing
    void tocsin.publish('user.ban', { appId: 'a', data: { userId: 'u', username: 'n', reason: 'r' } });
    // @ts-expect-error reason is a string
    void tocsin.publish('user.ban', { appId: 'a', data: { ...data, reason: 1 } });
    // @ts-expect-error there is no resaon
    void tocsin.publish('user.ban', { appId: 'a', data: { ...data, resaon: 'r' } });
    // @ts-expect-error the payload of another event
    void tocsin.publish('user.login', { appId: 'a', data });
    // @ts-expect-error appId is required
    void tocsin.publish('user.ban', { data });
  });

  it('an event of several types takes only data that fits all of them', () => {
    const revoked = { licenseKey: 'k', status: 'revoked' } as const;
    const other = 'user.ban' as 'user.ban' | 'license.revoked';
    // @ts-expect-error the data of user.ban
    void tocsin.publish(other, { appId: 'a', data });
    // @ts-expect-error the data of license.revoked
    void tocsin.safePublish(other, { appId: 'a', data: revoked });
    // @ts-expect-error the data of user.ban, with the types written down
    void tocsin.publish<'user.ban' | 'license.revoked'>(other, { appId: 'a', data });
    // @ts-expect-error the data of user.ban for a type that is only known to be one of the catalog
    void tocsin.publish(anyType, { appId: 'a', data });
    // @ts-expect-error the data of user.ban, in a list
    void tocsin.publishMany([{ type: other, appId: 'a', data }]);
    const same = 'license.revoked' as 'license.revoked' | 'license.deleted';
    void tocsin.publish(same, { appId: 'a', data: revoked });
    // @ts-expect-error both events have the same data, and status is one of its fields
    void tocsin.publish(same, { appId: 'a', data: { licenseKey: 'k' } });
  });

  it('a pair of type and data whose type is not known works with publishMany', () => {
    const pair = { type: 'user.ban', appId: 'a', data } as EventToPublish<'user.ban' | 'license.revoked'>;
    expectTypeOf(tocsin.publishMany([pair])).resolves.toEqualTypeOf<PublishOutcome[]>();
    // @ts-expect-error the compiler does not see that both parts are of one pair
    void tocsin.publish(pair.type, pair);
  });

  it('of many checks each event against its own payload', () => {
    expectTypeOf(tocsin.publishMany).parameter(0).toEqualTypeOf<readonly EventToPublish[]>();
    void tocsin.publishMany([
      { type: 'user.ban', appId: 'a', data },
      // @ts-expect-error the payload of user.ban
      { type: 'user.login', appId: 'a', data },
    ]);
  });

  it('as a value returns either an id or an error', () => {
    expectTypeOf<Extract<PublishOutcome, { ok: true }>['id']>().toEqualTypeOf<string>();
    expectTypeOf<Extract<PublishOutcome, { ok: false }>['error']>().toEqualTypeOf<TocsinClientError>();
    // @ts-expect-error id exists only on success
    expectTypeOf<PublishOutcome['id']>();
  });

  it('fails with a code that can be switched over exhaustively', () => {
    const meaning = (code: TocsinClientError['code']): string => {
      switch (code) {
        case 'NETWORK':
        case 'TIMEOUT':
        case 'ABORTED':
        case 'CLOSED':
        case 'TOKEN_UNAVAILABLE':
        case 'QUEUE_FULL':
        case 'BAD_RESPONSE':
        case 'UNRECOGNIZED':
          return 'client';
        case 'INVALID_INPUT':
        case 'INVALID_URL':
        case 'UNKNOWN_EVENT':
        case 'WEBHOOK_LIMIT_REACHED':
        case 'QUOTA_EXCEEDED':
        case 'UNAUTHENTICATED':
        case 'FORBIDDEN':
        case 'SCOPE_MISSING':
        case 'LOOP_DETECTED':
        case 'NOT_FOUND':
        case 'METHOD_NOT_ALLOWED':
        case 'ALREADY_EXISTS':
        case 'IDEMPOTENCY_CONFLICT':
        case 'CALL_IN_PROGRESS':
        case 'RESPONSE_EXPIRED':
        case 'NOT_RETRYABLE':
        case 'REVISION_MISMATCH':
        case 'CONFLICT':
        case 'PAYLOAD_TOO_LARGE':
        case 'RATE_LIMITED':
        case 'INTERNAL':
        case 'UNAVAILABLE':
          return 'server';
        default:
          return code satisfies never;
      }
    };
    expectTypeOf(meaning).returns.toEqualTypeOf<string>();
  });
});

describe('subscribing', () => {
  it('narrows events to the requested types', async () => {
    for await (const event of tocsin.events.subscribe({ types: ['user.ban', 'user.login'] })) {
      expectTypeOf(event.type).toEqualTypeOf<'user.ban' | 'user.login' | 'unknown'>();
      if (event.type === 'user.ban') expectTypeOf(event.data.reason).toEqualTypeOf<string>();
    }
  });
});

describe('lists', () => {
  it('can be iterated, without a cursor', async () => {
    for await (const delivery of tocsin.deliveries.list.iterate({ appId: 'a' })) {
      expectTypeOf(delivery.status).toEqualTypeOf<'pending' | 'delivered' | 'failed' | 'cancelled'>();
    }
    // @ts-expect-error iterate keeps the cursor
    tocsin.deliveries.list.iterate({ cursor: 'c' });
    expectTypeOf(tocsin.webhooks.get).not.toHaveProperty('iterate');
  });
});
