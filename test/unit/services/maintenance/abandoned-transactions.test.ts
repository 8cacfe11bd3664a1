import { expect, it, vi } from 'vitest';
import {
  abandonedAfterMs,
  createEndAbandonedTransactions,
} from '../../../../server/src/services/maintenance/abandoned-transactions.ts';
import { silent } from '../../../support/silent-log.ts';

it('logs abandoned transactions, and a failure only once until it works again', async () => {
  const away = new Error('the database is away');
  const end = vi.fn<(idleMs: number) => Promise<number>>();
  const warn = vi.fn<(fields: object, message: string) => void>();
  const run = createEndAbandonedTransactions({ end, log: { ...silent, warn } });

  end.mockResolvedValueOnce(0).mockResolvedValueOnce(2);
  await run();
  await run();
  end.mockRejectedValueOnce(away).mockRejectedValueOnce(away).mockResolvedValueOnce(0);
  for (let n = 0; n < 3; n += 1) await run();
  end.mockRejectedValueOnce(away);
  await run();

  const failed = [{ err: away }, 'cannot look for abandoned transactions; will try again'];
  expect(warn.mock.calls).toEqual([
    [{ count: 2 }, 'ended transactions that their process has abandoned'],
    failed,
    failed,
  ]);
  expect(end).toHaveBeenCalledWith(abandonedAfterMs);
});
