import type { AlertKind, AlertMessageKind, Presentation } from '@tocsin/shared';
import { defaultAccountId } from '../../domain/account-limits.ts';
import type { AlertMessage } from '../../domain/alert.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { toIso } from '../common/iso-time.ts';

/* An alert message as an event, so that the formats of deliveries make its chat messages and its signed request. */

const fields = [
  'title',
  'rule',
  'count',
  'details',
  'kind',
  'alert',
  'ruleId',
  'accountId',
  'targets',
] as const;

/** The event that a channel gets. Every try sends the same. */
export function toAlertEvent(message: AlertMessage, eventId: string): AcceptedEvent {
  const title = toTitle(message);
  const { kind, alert, ruleId, ruleName, accountId, count, targets, at } = message;
  const data = {
    title,
    rule: ruleName,
    count,
    details: toDetails(message),
    kind,
    alert,
    ruleId,
    accountId,
    targets,
  } satisfies Record<(typeof fields)[number], unknown>;
  return {
    id: eventId,
    appId: '',
    accountId: accountId ?? defaultAccountId,
    type: `alert.${kind}`,
    timestamp: toIso(at),
    dataText: JSON.stringify(data),
    idempotencyKey: undefined,
    acceptedAt: at,
    targets: [],
    traceparent: undefined,
    presentation: { fields, message: toPresentation(title, kind) },
  };
}

/** Only our own words: a title is not escaped. */
export function toTitle({ kind, alert, count }: Pick<AlertMessage, 'kind' | 'alert' | 'count'>): string {
  if (kind === 'test' || alert === null) return 'Test alert';
  const about = titles[alert](count);
  switch (kind) {
    case 'opened':
      return about;
    case 'reminder':
      return `Not over: ${about}`;
    case 'resolved':
      return `Over: ${about}`;
  }
}

const webhooks = (count: number) => (count === 1 ? '1 webhook' : `${count} webhooks`);

const titles: Readonly<Record<AlertKind, (count: number) => string>> = {
  failing: (count) => `${webhooks(count)} failing`,
  paused: (count) => `${webhooks(count)} paused`,
  disabled: (count) => `${webhooks(count)} disabled`,
  disable_warning: (count) => `${webhooks(count)} about to be disabled`,
  backlog: () => 'Many deliveries are waiting',
  lag: () => 'Sending is behind',
};

/** A line for each target. */
export function toDetails({ kind, targets, count }: AlertMessage): string {
  if (kind === 'test') return 'This channel works. Alerts of its rules arrive here.';
  const lines = targets.map(({ label, detail, webhookId, appId, since }) => {
    const where = webhookId === null ? '' : ` [${webhookId}, app ${appId ?? '-'}]`;
    return kind === 'resolved'
      ? `${label}${where}`
      : `${label}${where}: ${detail}, since ${since.slice(0, 16)}Z`;
  });
  const rest = count - targets.length;
  return [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}

function toPresentation(title: string, kind: AlertMessageKind): Presentation<(typeof fields)[number]> {
  return {
    title,
    kind: messageKinds[kind],
    paragraph: 'details',
    fields: [{ key: 'rule', label: 'Rule', style: 'name' }],
  };
}

const messageKinds = {
  opened: 'removal',
  reminder: 'removal',
  resolved: 'sign-in',
  test: 'neutral',
} as const satisfies Record<AlertMessageKind, Presentation['kind']>;
