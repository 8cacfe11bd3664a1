import { expect, it, vi } from 'vitest';
import { createFillSearchWords } from '../../../../server/src/services/maintenance/fill-search-words.ts';
import { aWebhook } from '../../../support/builders.ts';

const never = new AbortController().signal;

/** Objects without words: so many of each batch, then those webhooks. */
function sceneOn({ counts = [], webhooks = [], fails = false }: Given) {
  const left = [...counts];
  const pending = [...webhooks];
  const words = new Map<string, readonly string[]>();
  const log = { info: vi.fn(), warn: vi.fn() };
  const fill = createFillSearchWords({
    searchWords: {
      fillWords: () => (fails ? Promise.reject(new Error('away')) : Promise.resolve(left.shift() ?? 0)),
    },
    webhookLists: {
      findWithoutWords: (limit) => Promise.resolve(pending.splice(0, Math.min(limit, 1))),
      setMissingWords: (all) => {
        for (const [id, some] of all) words.set(id, some);
        return Promise.resolve();
      },
    },
    secretBox: {
      decrypt: (sealed) => {
        if (sealed === 'lost') throw new Error('no key decrypts it');
        return sealed;
      },
    },
    log,
  });
  return { fill, words, log };
}

interface Given {
  readonly counts?: readonly number[];
  readonly webhooks?: readonly ReturnType<typeof aWebhook>[];
  readonly fails?: boolean;
}

it('gives words to all objects that have none, batch by batch, and says how many', async () => {
  const webhooks = [
    aWebhook({ url: 'https://hooks.example.com/billing' }),
    aWebhook({ url: 'lost', description: 'Archive' }),
  ];
  const { fill, words, log } = sceneOn({ counts: [500, 0, 3], webhooks });
  await fill(never);
  expect(words.get(webhooks[0]?.id ?? '')).toEqual(expect.arrayContaining(['billing']));
  expect(words.get(webhooks[1]?.id ?? '')).toEqual(expect.arrayContaining(['archive']));
  expect(log.info.mock.calls).toEqual([
    [{ filled: 505 }, 'added search words to objects of an older release'],
  ]);
});

it('says nothing if all objects have words, and stops with the process', async () => {
  const { fill, log } = sceneOn({});
  await fill(never);
  const stopped = sceneOn({ counts: [1] });
  await stopped.fill(AbortSignal.abort());
  expect([...log.info.mock.calls, ...stopped.log.info.mock.calls]).toEqual([]);
});

it('logs a failure, and leaves the rest to a later run', async () => {
  const { fill, log } = sceneOn({ fails: true });
  await fill(never);
  expect(log.warn).toHaveBeenCalledTimes(1);
  expect(log.info).not.toHaveBeenCalled();
});
