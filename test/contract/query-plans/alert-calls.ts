import { MongoAlertStore } from '../../../server/src/store/mongo/alerts/alert-store.ts';
import { MongoEndpointWatchStore } from '../../../server/src/store/mongo/alerts/endpoint-watch-store.ts';
import {
  aMonitorCursor,
  anAlertChannel,
  anAlertMessage,
  anAlertRule,
  anEndpointWatch,
  anOpenAlert,
} from '../../support/alert-builders.ts';
import { large, start } from './sample-data.ts';
import type { CallsByStore, Database, StoreCalls } from './store-calls.ts';

/** Calls of the stores of alerts and of the monitor of endpoints. */
export function createAlertCalls(collections: Database['collections']): CallsByStore {
  const alerts = new MongoAlertStore(collections);
  const watches = new MongoEndpointWatchStore(collections);
  const channel = anAlertChannel();
  const rule = anAlertRule({ channelIds: [channel.id] });
  const page = { cursor: undefined, limit: 50 };
  const alert = anOpenAlert({ ruleId: rule.id });
  const message = anAlertMessage(start, { channelId: channel.id });
  const result = { status: 'sent', tries: 1, nextAt: null, sentAt: start, error: null } as const;
  const { id, ...sealed } = {
    ...channel,
    previousSecrets: [],
    clientCertificate: null,
  };
  const end = start + 10_000_000;
  const step = {
    holder: 'p1',
    watches: [anEndpointWatch(), anEndpointWatch()],
    forgotten: ['wh_00000000000f'],
    notices: [{ id: 'n1', accountId: 'acc_a', type: 'endpoint.failing', data: {}, at: start }],
    cursor: aMonitorCursor(start),
  };
  return {
    MongoAlertStore: {
      insertChannel: [() => alerts.insertChannel(channel, 10)],
      listChannels: [() => alerts.listChannels(null, page), () => alerts.listChannels(large.accountId, page)],
      getChannels: [() => alerts.getChannels([channel.id])],
      updateChannel: [() => alerts.updateChannel(channel.id, { name: 'n', updatedAt: start })],
      insertRule: [() => alerts.insertRule(rule, 10)],
      listRules: [() => alerts.listRules(null, { cursor: 'alr_f', limit: 50 })],
      getRule: [() => alerts.getRule(rule.id)],
      updateRule: [() => alerts.updateRule(rule.id, { enabled: true, updatedAt: start })],
      listEnabledRules: [() => alerts.listEnabledRules(100)],
      apply: [
        () => alerts.apply({ opened: [alert], told: [], closed: ['x'], messages: [message] }),
        () => alerts.apply({ opened: [], told: [alert], closed: [], messages: [] }),
      ],
      listOpen: [() => alerts.listOpen(undefined, 100), () => alerts.listOpen('alr_0', 100)],
      listOpenOf: [() => alerts.listOpenOf([rule.id, 'alr_other'], 100)],
      countOpen: [() => alerts.countOpen([rule.id], 100)],
      listDue: [() => alerts.listDue(start, 100), () => alerts.listDue(start, 100, [channel.id])],
      countWaiting: [() => alerts.countWaiting([channel.id], 100)],
      postpone: [() => alerts.postpone(channel.id, start + 1)],
      setResult: [() => alerts.setResult(message.id, result)],
      listMessages: [
        () => alerts.listMessages({}, page),
        () => alerts.listMessages({ accountId: large.accountId, status: 'failed' }, page),
      ],
      listSecrets: [() => alerts.listSecrets(undefined, 100)],
      swapSecrets: [() => alerts.swapSecrets([{ id, from: sealed, to: sealed }])],
      deleteChannel: [() => alerts.deleteChannel(channel.id)],
      deleteRule: [() => alerts.deleteRule(rule.id)],
    } satisfies StoreCalls<MongoAlertStore>,
    MongoEndpointWatchStore: {
      takeLease: [
        () => watches.takeLease('p1', start, start + 1, step.cursor),
        () => watches.takeLease('p1', start, start + 1, step.cursor),
      ],
      apply: [() => watches.apply(step)],
      getMany: [() => watches.getMany([large.webhookId])],
      listNewest: [() => watches.listNewest(100)],
      listAfter: [() => watches.listAfter('wh_0', 100)],
      findDisabled: [() => watches.findDisabled(start, 100)],
      countFailed: [() => watches.countFailed(start, end, 100)],
      findExpiring: [
        () => watches.findExpiring('previous_secret', start, end, 100),
        () => watches.findExpiring('client_certificate', start, end, 100),
      ],
      findOldestOwed: [() => watches.findOldestOwed()],
      listNotices: [() => watches.listNotices(100)],
      removeNotices: [() => watches.removeNotices(['n1'])],
      releaseLease: [() => watches.releaseLease('p1')],
    } satisfies StoreCalls<MongoEndpointWatchStore>,
  };
}
