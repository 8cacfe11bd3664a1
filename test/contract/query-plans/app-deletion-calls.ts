import { randomUUID } from 'node:crypto';
import type { ClaimedDeletion } from '../../../server/src/domain/ports/app-deletion-store.ts';
import { MongoAppDeletionStore } from '../../../server/src/store/mongo/accounts/app-deletion-store.ts';
import type { Calls, Database, StoreCalls } from './store-calls.ts';
import { medium, start } from './sample-data.ts';

/** Calls of the store of deleted apps, which erase the medium customer. */
export function createAppDeletionCalls({
  collections,
}: Pick<Database, 'collections'>): Readonly<Record<string, Calls>> {
  const deletions = new MongoAppDeletionStore(collections);
  const { accountId, appId } = medium;
  const at = start + 200_000_000;
  const id = `del_${randomUUID()}`;
  const claim = async (call: (claimed: ClaimedDeletion) => Promise<unknown>) => {
    const claimed = await deletions.claim(at, 0, 'token');
    if (claimed === undefined) throw new Error('there is no deletion to claim');
    return await call(claimed);
  };
  return {
    start: [() => deletions.start({ id, appId, createdAt: at }, 3)],
    findErasing: [() => deletions.findErasing(accountId), () => deletions.findErasing(undefined)],
    list: [accountId, undefined].map(
      (filtered) => () => deletions.list({ accountId: filtered }, { cursor: undefined, limit: 50 }),
    ),
    claim: [() => deletions.claim(at, 0, 'token')],
    // Deliveries first, then events, then the rest.
    eraseSome: Array.from(
      { length: 12 },
      () => () => claim((claimed) => deletions.eraseSome(claimed, 200, at)),
    ),
    release: [() => claim((claimed) => deletions.release(claimed, { due: at, emptySince: undefined }))],
  } satisfies StoreCalls<MongoAppDeletionStore>;
}
