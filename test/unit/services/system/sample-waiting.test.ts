import { expect, it } from 'vitest';
import type { WaitingCounts } from '../../../../server/src/domain/ports/delivery-store.ts';
import { createSampleWaiting } from '../../../../server/src/services/system/sample-waiting.ts';
import { silent } from '../../../support/silent-log.ts';

const waitingIn = (appId: string, waiting: number) => ({ appId, accountId: 'acc_a', waiting });

it('records complete rounds, and the last one while a long round goes on', async () => {
  const answers: (WaitingCounts | Error)[] = [
    { apps: [waitingIn('app_a', 3)], next: undefined },
    { apps: [waitingIn('app_a', 900)], next: 'acc_a' },
    new Error('away'),
    { apps: [waitingIn('app_b', 5)], next: undefined },
    { apps: [], next: undefined },
  ];
  const after: (string | undefined)[] = [];
  const recorded: string[] = [];
  const sample = createSampleWaiting({
    deliveries: {
      countWaiting: (from) => {
        after.push(from);
        const answer = answers.shift();
        return answer === undefined || answer instanceof Error
          ? Promise.reject(answer ?? new Error('no answer'))
          : Promise.resolve(answer);
      },
    },
    activity: { recordWaiting: ({ appId }, waiting) => recorded.push(`${appId} ${waiting}`) },
    log: silent,
  });
  const rounds: string[][] = [];
  for (let n = 0; n < 5; n++) {
    await sample();
    rounds.push(recorded.splice(0));
  }
  expect(after).toEqual([undefined, undefined, 'acc_a', 'acc_a', undefined]);
  expect(rounds).toEqual([['app_a 3'], ['app_a 3'], [], ['app_a 900', 'app_b 5'], []]);
});

it('records the app of an account while another one has more apps than there is room for', async () => {
  const many = Array.from({ length: 2_500 }, (_, n) => waitingIn(`app_${n}`, 1_000 + ((n * 7) % 2_500)));
  const ours = { appId: 'app_ours', accountId: 'acc_b', waiting: 1 };
  const recorded: string[] = [];
  const sample = createSampleWaiting({
    deliveries: { countWaiting: async () => ({ apps: [...many, ours], next: undefined }) },
    activity: { recordWaiting: ({ appId }) => recorded.push(appId) },
    log: silent,
  });
  await sample();
  expect(recorded).toHaveLength(2_000);
  expect(recorded.slice(0, 3)).toEqual(['app_357', 'app_ours', 'app_714']);
});
