import { createTocsinClient } from '@tocsin/client';
import { createOutbox, type OutboxStore } from '@tocsin/client/outbox';
import { describe, expectTypeOf, it } from 'vitest';

interface Session {
  readonly id: string;
}

declare const store: OutboxStore<Session>;
declare const session: Session;

interface Acme {
  readonly 'invoice.paid': {
    readonly input: { readonly amount: number };
    readonly output: { readonly amount: number };
  };
}

const appId = 'app_1';

describe('an outbox', () => {
  it('has the events of its client', async () => {
    const client = createTocsinClient({ url: 'http://127.0.0.1:9', token: 't' });
    const outbox = createOutbox({ client, store });
    const data = { licenseKey: 'k', status: 'revoked' } as const;
    const published = outbox.publish('license.revoked', { appId, data }, { session });
    expectTypeOf(published).resolves.toEqualTypeOf<{ readonly id: string }>();
    // @ts-expect-error the event is misspelled
    await outbox.publish('license.revokd', { appId, data }, { session });
    // @ts-expect-error a field is missing
    await outbox.publish('license.revoked', { appId, data: { licenseKey: 'k' } }, { session });
    // @ts-expect-error it belongs to no transaction
    await outbox.publish('license.revoked', { appId, data });
    // @ts-expect-error not a session of the store
    await outbox.publish('license.revoked', { appId, data }, { session: 1 });
  });

  it('has a team’s own events, also of a client that is made in place', async () => {
    const options = { url: 'http://127.0.0.1:9', token: 't' };
    const outbox = createOutbox({ client: createTocsinClient<Acme>(options), store });
    await outbox.publish('invoice.paid', { appId, data: { amount: 1 } }, { session });
    // @ts-expect-error a wrong type
    await outbox.publish('invoice.paid', { appId, data: { amount: '1' } }, { session });
    // @ts-expect-error an event of another catalog
    await outbox.publish('license.revoked', { appId, data: { amount: 1 } }, { session });
  });
});
