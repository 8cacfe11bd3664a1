import { createTocsinClient } from '@tocsin/client';
import { createOutbox, mongoOutboxStore } from '@tocsin/client/outbox';
import { MongoClient } from 'mongodb';
import type { RuntimeSettings } from '../settings.ts';

/** Publishes in a committed and in an aborted transaction, and relays. */
export async function publishFromOutbox({ url, token, appId, mongoUri }: RuntimeSettings) {
  const mongo = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 10_000 });
  const tocsin = createTocsinClient({ url, token });
  const outbox = createOutbox({ client: tocsin, store: mongoOutboxStore(mongo.db()), logger: {} });
  const relay = outbox.relay({ searchMs: 100 });
  const order = (licenseKey: string, isAborted: boolean) =>
    mongo.withSession((session) =>
      session.withTransaction(async () => {
        const data = { licenseKey, status: 'active' as const };
        await outbox.publish('license.deleted', { appId, data }, { session });
        if (isAborted) throw new Error('aborted');
      }),
    );
  await order('committed', false);
  const aborted = await order('aborted', true).catch((error: unknown) => String(error));
  while ((await outbox.stats()).pending > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const { items } = await tocsin.events.list.query({ appId, event: 'license.deleted' });
  await relay.close();
  await Promise.all([tocsin.close(), mongo.close()]);
  return { aborted, published: items.map(({ data }) => data['licenseKey']) };
}
