import { describe, expect, it, vi } from 'vitest';
import { noLimits } from '../../../../server/src/domain/account-limits.ts';
import { createQuotas } from '../../../../server/src/services/limits/quotas.ts';
import { keyActor, rootActor } from '../../../support/actors.ts';

const quotas = createQuotas(() => ({ ...noLimits, apps: 3, webhooks: 3, keys: 3, replays: 3 }));
const isFull = () => Promise.resolve('account_limit_reached' as const);

describe('a quota of an account', () => {
  it.each([
    ['a key', keyActor(), 'apps', 3],
    ['a key of an account without it', keyActor(), 'changesPerDay', undefined],
    ['the operator', rootActor, 'apps', undefined],
  ] as const)('of %s is checked by the insert', async (_name, actor, name, limit) => {
    const insert = vi.fn(() => Promise.resolve('made'));
    // `as`: a limit that is no quota stands for one without a value.
    expect(await quotas.insert(actor, 'acc_a', name as 'apps', insert)).toBe('made');
    expect(insert).toHaveBeenCalledWith(limit);
  });

  it.each([
    ['apps', 'QUOTA_EXCEEDED', 'already has its 3 apps; delete an app, or ask'],
    ['webhooks', 'WEBHOOK_LIMIT_REACHED', 'already has its 3 webhooks; delete a webhook, or ask'],
    ['keys', 'QUOTA_EXCEEDED', 'already has its 3 API keys; revoke a key, or ask'],
    [
      'replays',
      'QUOTA_EXCEEDED',
      'already has its 3 running replays; wait for one to end or cancel it, or ask',
    ],
  ] as const)('of %s that is used up says what to do', async (name, code, words) => {
    await expect(quotas.insert(keyActor(), 'acc_a', name, isFull)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`account acc_a ${words}`) as string,
    });
  });
});
