import { randomBytes, randomInt } from 'node:crypto';
import { encodeRandom, encodeTime, eventIdFromStem } from '../../server/src/domain/ids.ts';
import { toSearchValues } from '../../server/src/services/search/search-values.ts';
import type { EventDoc } from '../../server/src/store/mongo/documents/event.ts';
import { queryProcedure } from '../api.ts';
import type { Bench, Scenario } from '../bench.ts';
import { percentile, type Row } from '../row.ts';
import { Testbed } from '../testbed.ts';

const accountCount = 200;
/** Events of one user. */
const eventsPerUser = 10;
/** One event in this many has the common user name, in every account. */
const commonEvery = 50;
const commonName = 'admin';
/** Documents of one insert, about 1 MB. */
const batchSize = 2_000;
/** Enough to keep two cores busy. */
const concurrentInserts = 4;
const dayMs = 24 * 60 * 60 * 1000;
const million = 1_000_000;

/** Measures the search by values of payloads, over HTTP, with many events of many accounts stored. */
export const search: Scenario = {
  name: 'search',
  summary: 'search.find and search.timeline by value, with --stored N (1,000,000) events of 200 accounts',
  // Filling the store takes minutes.
  maxRounds: 1,
  async run(bench) {
    const { quick, stored } = bench.options;
    await using testbed = await Testbed.open(bench);
    await seedEvents(bench, testbed, stored);
    const users = Math.ceil(stored / eventsPerUser);
    const aUser = () => `user_${randomInt(users)}`;
    const anAccount = () => toAccountId(randomInt(accountCount));
    const calls: readonly (readonly [name: string, procedure: string, input: () => object])[] = [
      ['find a user', 'search.find', () => ({ query: aUser() })],
      ['find a name of every account', 'search.find', () => ({ query: commonName })],
      ['find nothing', 'search.find', () => ({ query: `nobody ${randomInt(million)}` })],
      ['timeline of a user', 'search.timeline', () => ({ value: aUser() })],
      ['timeline of a common name', 'search.timeline', () => ({ value: commonName, accountId: anAccount() })],
      ['timeline of it in 20 accounts', 'search.timeline', () => ({ value: commonName })],
    ];
    const times = quick ? 20 : 500;
    const rows: Row[] = [await weighIndex(testbed, stored)];
    for (const [name, procedure, input] of calls) {
      rows.push({ name, ...(await timed(testbed.server.url, procedure, input, times)) });
    }
    return rows;
  },
};

async function timed(
  url: string,
  procedure: string,
  input: () => object,
  times: number,
): Promise<Pick<Row, 'p50Ms' | 'p99Ms'>> {
  const took: number[] = [];
  // The first call is not counted, because it opens connections.
  for (let n = 0; n <= times; n++) {
    const startedAt = performance.now();
    await queryProcedure(url, procedure, input());
    if (n > 0) took.push(performance.now() - startedAt);
  }
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99) };
}

async function weighIndex({ db }: Testbed, stored: number): Promise<Row> {
  // Sizes are accurate after a checkpoint.
  await db.admin().command({ fsync: 1 });
  const [stats] = await db
    .collection('events')
    .aggregate<{ storageStats: { indexSizes: Record<string, number> } }>([
      { $collStats: { storageStats: {} } },
    ])
    .toArray();
  const bytes = stats?.storageStats.indexSizes['by_value'] ?? 0;
  const perMillion = Math.round((bytes * million) / stored);
  return {
    name: `search: ${stored.toLocaleString('en')} events`,
    extra: { 'index bytes per million': perMillion },
  };
}

/** Inserts events of the last four weeks directly, as the server stores them. Each has two searchable values. */
async function seedEvents(bench: Bench, { collections }: Testbed, count: number): Promise<void> {
  let next = 0;
  const insertSome = async () => {
    while (next < count) {
      const first = next;
      const end = (next = Math.min(count, first + batchSize));
      const docs = Array.from({ length: end - first }, (_, index) => toEventDoc(first + index, count));
      await collections.events.insertMany(docs, { ordered: false, writeConcern: { w: 1 } });
      if (Math.floor(first / million) < Math.floor(end / million)) {
        bench.print(`  ${end.toLocaleString('en')} events stored`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrentInserts }, insertSome));
}

function toAccountId(n: number): string {
  return `acc_bench${n}`;
}

function toEventDoc(n: number, count: number): EventDoc {
  const user = n % Math.ceil(count / eventsPerUser);
  const account = n % commonEvery === 0 ? Math.floor(n / commonEvery) % accountCount : user % accountCount;
  const at = new Date(Date.now() - Math.floor(((count - n) / count) * 28 * dayMs) - 1_000);
  const appId = `app_bench${account}`;
  const username = n % commonEvery === 0 ? commonName : `user_${user}`;
  const data = { userId: `usr_${user}`, username, ip: '203.0.113.24', hwid: 'a1b2c3d4e5f6', appId };
  const values = toSearchValues(['userId', 'username'], data);
  return {
    _id: eventIdFromStem(`${encodeTime(at.getTime())}${encodeRandom(randomBytes(14))}`),
    appId,
    accountId: toAccountId(account),
    type: 'user.login',
    timestamp: at,
    data: JSON.stringify(data),
    at,
    targets: [],
    ...(values === undefined ? {} : { values: [...values] }),
  };
}
