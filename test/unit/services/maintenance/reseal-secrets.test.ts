import { describe, expect, it } from 'vitest';
import type { SecretBox, SecretSwapStore } from '../../../../server/src/domain/ports/secret-box.ts';
import { resealSecrets } from '../../../../server/src/services/maintenance/reseal-secrets.ts';

/** A box whose texts begin with the name of their key: `new:`, `old:`, or one that it does not have. */
const secretBox = {
  isCurrent: (sealed: string) => {
    if (sealed.startsWith('odd:')) throw new Error('unknown format');
    return sealed.startsWith('new:');
  },
  reseal: (sealed: string, { webhookId, field }: { webhookId: string; field: string }) => {
    if (!/^(new|old):/.test(sealed)) throw new Error('no key');
    return `new:${webhookId}.${field}`;
  },
} as unknown as SecretBox; // the service neither encrypts nor decrypts

type Stored = Awaited<ReturnType<SecretSwapStore['listSecrets']>>[number];

const aWebhook = (id: string, change: Partial<Stored> = {}): Stored => ({
  id,
  secret: 'new:s',
  previousSecrets: [],
  url: 'new:u',
  headers: 'new:h',
  clientCertificate: null,
  ...change,
});

/** Webhooks in memory. `isRaced` says how often a write finds another text than it read. */
function aStore(webhooks: Stored[], races = 0) {
  const pages: unknown[] = [];
  let left = races;
  const store: SecretSwapStore = {
    listSecrets: (after, limit) => {
      pages.push([after, limit]);
      const rest = webhooks.filter(({ id }) => after === undefined || id > after);
      return Promise.resolve(rest.slice(0, limit));
    },
    swapSecrets: (swaps) => {
      if (swaps.length > 0 && left-- > 0) return Promise.resolve(0);
      for (const { id, to } of swaps) {
        const index = webhooks.findIndex((webhook) => webhook.id === id);
        webhooks[index] = { id, ...to };
      }
      return Promise.resolve(swaps.length);
    },
  };
  return { store, pages, webhooks };
}

const reseal = async (scene: ReturnType<typeof aStore>, batchSize?: number) => {
  const progress: unknown[] = [];
  const report = (count: unknown) => void progress.push(count);
  const options = { store: scene.store, secretBox, report };
  const result = await resealSecrets(batchSize === undefined ? options : { ...options, batchSize });
  return { result, progress };
};

describe('resealing', () => {
  it('changes every credential of a webhook, and nothing else', async () => {
    const certificate = { sealed: 'old:c', subject: 'CN=a' } as unknown as NonNullable<
      Stored['clientCertificate']
    >;
    const scene = aStore([
      aWebhook('wh_1', {
        secret: 'old:s',
        previousSecrets: [{ sealed: 'old:p', until: 7 }],
        clientCertificate: certificate,
      }),
    ]);
    const { result } = await reseal(scene);
    expect(scene.webhooks).toEqual([
      {
        id: 'wh_1',
        secret: 'new:wh_1.secret',
        previousSecrets: [{ sealed: 'new:wh_1.previousSecrets', until: 7 }],
        url: 'new:wh_1.url',
        headers: 'new:wh_1.headers',
        clientCertificate: { ...certificate, sealed: 'new:wh_1.clientCertificate' },
      },
    ]);
    expect(result).toEqual({ resealed: 1, unreadable: [], remaining: 0 });
  });

  it.each([
    ['secret', { secret: 'old:s' }],
    ['previous secret', { previousSecrets: [{ sealed: 'old:p', until: 1 }] }],
    ['URL', { url: 'old:u' }],
    ['headers', { headers: 'old:h' }],
    ['client certificate', { clientCertificate: { sealed: 'old:c' } as never }],
  ])('is needed for an old %s alone', async (_name, change) => {
    const { result } = await reseal(aStore([aWebhook('wh_1', change)]));
    expect(result.resealed).toBe(1);
  });

  it('skips webhooks that are done, page by page', async () => {
    const old = { secret: 'old:s' };
    const scene = aStore([aWebhook('wh_1'), aWebhook('wh_2', old), aWebhook('wh_3', old)]);
    const { result, progress } = await reseal(scene, 2);
    expect(result).toEqual({ resealed: 2, unreadable: [], remaining: 0 });
    expect(scene.pages).toEqual([
      [undefined, 2],
      ['wh_2', 2],
      ['wh_3', 2],
    ]);
    expect(progress).toEqual([
      { seen: 2, resealed: 1 },
      { seen: 3, resealed: 2 },
    ]);
    expect((await reseal(scene)).result.resealed).toBe(0);
    expect(scene.pages.at(-1)).toEqual(['wh_3', 200]);
  });

  it('names webhooks that no key decrypts, and goes on with the others', async () => {
    const scene = aStore([
      aWebhook('wh_1', { secret: 'gone:s' }),
      aWebhook('wh_2', { url: 'odd:u' }),
      aWebhook('wh_3', { secret: 'old:s' }),
    ]);
    const { result } = await reseal(scene);
    expect(result).toEqual({ resealed: 1, unreadable: ['wh_1', 'wh_2'], remaining: 0 });
    expect(scene.webhooks[0]?.secret).toBe('gone:s');
  });

  it('reads again what was changed meanwhile', async () => {
    const { result, progress } = await reseal(aStore([aWebhook('wh_1', { secret: 'old:s' })], 1));
    expect(result).toEqual({ resealed: 1, unreadable: [], remaining: 0 });
    expect(progress).toEqual([
      { seen: 1, resealed: 0 },
      { seen: 1, resealed: 1 },
    ]);
  });

  it('ends after five rounds beside a server with the old key, and says what remains', async () => {
    const { result, progress } = await reseal(aStore([aWebhook('wh_1', { secret: 'old:s' })], 100));
    expect(result).toEqual({ resealed: 0, unreadable: [], remaining: 1 });
    expect(progress).toHaveLength(5);
  });
});
