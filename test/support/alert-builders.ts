import type { AlertChannel, AlertMessage, AlertRule, OpenAlert } from '../../server/src/domain/alert.ts';
import type { EndpointWatch } from '../../server/src/domain/endpoint-watch.ts';
import type { MonitorCursor } from '../../server/src/domain/ports/endpoint-watch-store.ts';
import { createIds } from '../../server/src/services/common/ids.ts';
import { toMessage } from '../../server/src/services/alerts/alert-messages.ts';

const ids = createIds();

/** A channel of the operator. Its sealed texts are clear. */
export function anAlertChannel(change: Partial<AlertChannel> = {}): AlertChannel {
  return {
    id: ids.alertChannel(),
    accountId: null,
    name: 'Operations',
    kind: 'webhook',
    url: 'http://127.0.0.1:9/alerts',
    secret: 'v3.sealed',
    headers: '{}',
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A rule of the operator. */
export function anAlertRule(change: Partial<AlertRule> = {}): AlertRule {
  return {
    id: ids.alertRule(),
    accountId: null,
    kind: 'failing',
    name: 'Failing',
    channelIds: ['ach_000000000001'],
    afterSeconds: 600,
    waiting: 1_000,
    remindAfterSeconds: 86_400,
    enabled: true,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

export function anOpenAlert(change: Partial<OpenAlert> = {}): OpenAlert {
  return {
    id: `${ids.alertRule()}:queue`,
    ruleId: 'alr_000000000001',
    accountId: null,
    target: {
      webhookId: null,
      appId: null,
      accountId: null,
      label: 'the queue of all accounts',
      detail: 'many wait',
      since: '2026-01-01T00:00:00.000Z',
    },
    openedAt: 0,
    toldAt: 0,
    ...change,
  };
}

/** A message that waits since `at`. */
export function anAlertMessage(at: number, change: Partial<AlertMessage> = {}): AlertMessage {
  return { ...toMessage(ids.alertMessage(at), anAlertChannel(), at), ...change };
}

/** A failing endpoint. */
export function anEndpointWatch(change: Partial<EndpointWatch> = {}): EndpointWatch {
  return {
    webhookId: ids.webhook(),
    appId: 'app_test',
    accountId: 'acc_a',
    state: 'failing',
    since: 0,
    unhealthySince: 0,
    failuresInARow: 3,
    reason: 'timeout',
    reported: 'healthy',
    ended: null,
    ...change,
  };
}

export function aMonitorCursor(at: number): MonitorCursor {
  return { disabledUntil: at, failedUntil: at, secretsUntil: at, certificatesUntil: at };
}
