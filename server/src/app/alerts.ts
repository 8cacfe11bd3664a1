import { createPing } from '../delivery/attempt/ping.ts';
import { createAlertChannels } from '../services/alerts/alert-channels.ts';
import { createAlertHistory } from '../services/alerts/alert-history.ts';
import { createAlertOwners } from '../services/alerts/alert-owner.ts';
import { createAlertRules } from '../services/alerts/alert-rules.ts';
import { createEvaluateAlerts } from '../services/alerts/evaluate-alerts.ts';
import { createFindOtherNotices } from '../services/alerts/find-other-notices.ts';
import { createMonitor, type Monitor } from '../services/alerts/monitor.ts';
import { createNoticeBudget } from '../services/alerts/notice-budget.ts';
import { createPublishNotices } from '../services/alerts/publish-notices.ts';
import { AlertSender, createSendToChannel, type SendToChannel } from '../services/alerts/send-alerts.ts';
import { createNotices } from '../services/alerts/to-notice.ts';
import { createWatchEndpoints } from '../services/alerts/watch-endpoints.ts';
import { gateReads, type ReadGate } from '../services/authorization/read-gate.ts';
import type { Publish } from '../services/events/publish.ts';
import type { Services } from '../transport/services.ts';
import type { Cleanup } from './cleanup.ts';
import type { Sending } from './engine.ts';
import type { Foundation } from './foundation.ts';

/** Operational events about one account, per minute. More of them follow in the next minutes. */
const noticesPerMinute = 60;

/** Creates the monitor of endpoints, which publishes operational events and sends alerts, and its API. */
export function createAlerting(
  foundation: Foundation,
  sending: Sending,
  parts: { readonly publish: Publish; readonly gate: ReadGate },
  cleanup: Cleanup,
) {
  const { options, clock, log } = foundation;
  const { mailer } = foundation.parts;
  if (mailer !== undefined) cleanup.add(() => mailer.close());
  const { getRequestFactory, secretBox } = sending;
  const send = createSendToChannel({
    ping: createPing({
      sender: foundation.parts.sender,
      getRequestFactory,
      clock,
      log,
      deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
    }),
    mailer,
    secretBox,
  });
  return {
    services: createAlertServices(foundation, sending, { send, gate: parts.gate }),
    monitor: createAlertMonitor(foundation, sending, { send, publish: parts.publish }),
  };
}

function createAlertServices(
  { options, stores, access, audit, ids, clock, parts }: Foundation,
  { secretBox }: Sending,
  { send, gate }: { readonly send: SendToChannel; readonly gate: ReadGate },
): Pick<Services, 'alertChannels' | 'alertRules' | 'alertHistory'> {
  const { alerts, accounts } = stores;
  const hasAccountAlerts = options.ACCOUNT_ALERTS ?? false;
  const hasMailer = parts.mailer !== undefined;
  const owners = createAlertOwners({ access, accounts, hasAccountAlerts });
  const channels = createAlertChannels({
    alerts,
    owners,
    audit,
    targets: parts.targets,
    secretBox,
    send,
    ids,
    clock,
    hasMailer,
  });
  const settings = {
    email: hasMailer,
    accounts: hasAccountAlerts,
    operationalApp: options.OPERATIONAL_APP ?? null,
    disableAfterSeconds: Math.round(options.DISABLE_AFTER / 1_000),
  };
  return {
    alertChannels: gateReads(gate, channels, ['list']),
    alertRules: gateReads(gate, createAlertRules({ alerts, owners, audit, ids, clock }), ['list']),
    alertHistory: gateReads(gate, createAlertHistory({ alerts, owners, settings }), ['history']),
  };
}

function createAlertMonitor(
  { options, stores, ids, clock, log }: Foundation,
  { secretBox }: Sending,
  { send, publish }: { readonly send: SendToChannel; readonly publish: Publish },
): Monitor {
  const { watches, alerts, webhooks, health, deliveries } = stores;
  const operationalApp = options.OPERATIONAL_APP;
  const notices = operationalApp === undefined ? undefined : createNotices({ secretBox, operationalApp });
  return createMonitor({
    watches,
    watchEndpoints: createWatchEndpoints({
      watches,
      webhooks,
      health,
      notices: notices && { toNotice: notices.ofState, budget: createNoticeBudget(noticesPerMinute) },
    }),
    findOtherNotices: notices && createFindOtherNotices({ watches, webhooks, notices }),
    publishNotices:
      operationalApp === undefined
        ? undefined
        : createPublishNotices({ watches, publish, operationalApp, log }),
    evaluateAlerts: createEvaluateAlerts({
      alerts,
      watches,
      webhooks,
      deliveries,
      secretBox,
      ids,
      findSnoozed: async (webhookIds, now, by) => await stores.incidents.findSnoozed(webhookIds, now, by),
      disableAfterMs: options.DISABLE_AFTER,
      hasAccountAlerts: options.ACCOUNT_ALERTS ?? false,
    }),
    sender: new AlertSender({ alerts, send, clock, log }),
    processId: stores.createProcessId(),
    clock,
    log,
  });
}
