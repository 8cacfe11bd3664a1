import { expect, it } from 'vitest';
import type { IncidentFailures } from '../../../../server/src/domain/incident.ts';
import { IncidentLog } from '../../../../server/src/services/incidents/incident-log.ts';
import { silent } from '../../../support/silent-log.ts';

const webhook = { webhookId: 'wh_00000000000a', appId: 'app_a', accountId: 'acc_a' };

function incidentLog() {
  const saved: (readonly IncidentFailures[])[] = [];
  const state = { isAway: false };
  const store = {
    addFailures: (failures: readonly IncidentFailures[]) => {
      if (state.isAway) return Promise.reject(new Error('away'));
      saved.push(failures);
      return Promise.resolve();
    },
  };
  const log = new IncidentLog({ store, log: silent, maxUnsaved: 50 });
  const fail = (statusCode: number | null, at: number, webhookId = webhook.webhookId) =>
    log.recordFailure({ ...webhook, webhookId, reason: 'http_status', statusCode }, at);
  return { log, saved, state, fail };
}

it('adds up failures of one webhook, reason and status, and saves them once', async () => {
  const { log, saved, fail } = incidentLog();
  fail(503, 20);
  fail(503, 10);
  fail(500, 30);
  await log.save();
  await log.save();
  expect(saved).toEqual([
    [
      {
        ...webhook,
        id: 'inc_00000000000a_http_status_503',
        reason: 'http_status',
        statusCode: 503,
        attempts: 2,
        firstAt: 10,
        lastAt: 20,
      },
      expect.objectContaining({ statusCode: 500, attempts: 1 }),
    ],
  ]);
});

it('counts the eleventh status of a webhook, and those without three digits, without a status', async () => {
  const { log, saved, fail } = incidentLog();
  for (let status = 500; status < 512; status++) fail(status, 1);
  fail(500, 2);
  fail(99, 2, 'wh_00000000000b');
  await log.save();
  const found = saved.flat().map(({ statusCode, attempts }) => [statusCode, attempts]);
  expect(found).toHaveLength(12);
  expect(found[0]).toEqual([500, 2]);
  expect(found.slice(-2)).toEqual([
    [null, 2],
    [null, 1],
  ]);
});

it('saves later what could not be saved, with what failed meanwhile', async () => {
  const { log, saved, state, fail } = incidentLog();
  state.isAway = true;
  fail(503, 1);
  await log.save();
  fail(503, 5);
  state.isAway = false;
  await log.stop();
  expect(saved).toMatchObject([[{ attempts: 2, firstAt: 1, lastAt: 5 }]]);
});

it('counts the failures of an account while another one has more kinds of failures than there is room for', async () => {
  const { log, saved, fail } = incidentLog();
  const other = { webhookId: 'wh_00000000000f', appId: 'app_b', accountId: 'acc_b' };
  for (let n = 0; n < 51; n++) fail(503, 1, `wh_a${n}`);
  log.recordFailure({ ...other, reason: 'http_status', statusCode: 503 }, 1);
  await log.save();
  const found = saved.flat();
  expect(found).toHaveLength(50);
  expect(found.at(-1)).toMatchObject({ ...other, statusCode: 503 });
});
