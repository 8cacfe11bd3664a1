import { expect, it } from 'vitest';
import { MongoIdempotentCallStore } from '../../server/src/store/mongo/calls/idempotent-call-store.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { idempotentCallsContract } from './idempotent-calls-contract.ts';

const connection = useDatabase('calls');

idempotentCallsContract('MongoDB', () =>
  Promise.resolve({
    idempotentCalls: new MongoIdempotentCallStore(connection.collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  }),
);

it('is removed by the database after its end', async () => {
  const indexes = await connection.collections.idempotentCalls.indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
});
