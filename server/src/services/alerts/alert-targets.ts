import type { AlertTarget } from '@tocsin/shared';
import type { AlertRule } from '../../domain/alert.ts';
import {
  findQueueAlert,
  isFiring,
  type EvaluationFacts,
  type QueueFacts,
  type RuleChanges,
} from '../../domain/alert-evaluation.ts';
import type { EndpointWatch } from '../../domain/endpoint-watch.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toIso } from '../common/iso-time.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { findHost } from './to-notice.ts';

/** Finds the endpoints that meet the condition of a rule. They have their ids for labels, because most have been reported. */
export function findEndpoints(
  rule: AlertRule,
  candidates: readonly EndpointWatch[],
  facts: EvaluationFacts,
): AlertTarget[] {
  const isLong = rule.kind === 'failing' || rule.kind === 'disable_warning';
  return candidates
    .filter((watch) => isFiring(rule, watch, facts))
    .map((watch) => ({
      webhookId: watch.webhookId,
      appId: watch.appId,
      accountId: watch.accountId,
      label: watch.webhookId,
      detail: describeEndpoint(rule.kind, watch, facts),
      since: toIso(isLong ? watch.unhealthySince : watch.since),
    }));
}

/** Returns the queue of the rule's owner if it meets the condition of the rule. */
export function findQueue(rule: AlertRule, queue: QueueFacts, now: number): AlertTarget[] {
  const alert = findQueueAlert(rule, queue, now);
  if (alert === undefined) return [];
  const { accountId } = rule;
  const label = accountId === null ? 'the queue of all accounts' : `the queue of ${accountId}`;
  return [
    { webhookId: null, appId: null, accountId, label, detail: alert.detail, since: toIso(alert.since) },
  ];
}

export interface LabelTargetsDeps {
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
}

/** Names the endpoints that messages are about by their hosts and descriptions. */
export async function withLabels<T extends RuleChanges>(
  { webhooks, secretBox }: LabelTargetsDeps,
  changes: readonly T[],
): Promise<T[]> {
  const ids = changes.flatMap(({ opened, told }) =>
    [...opened, ...told].flatMap(({ target }) => target.webhookId ?? []),
  );
  const stored = ids.length === 0 ? [] : await webhooks.getMany([...new Set(ids)]);
  const labels = new Map(
    stored.map((webhook) => {
      const host = findHost(secretBox, webhook);
      const description = toOneLine(webhook.description ?? '');
      return [webhook.id, description === '' ? host : `${host} (${description})`];
    }),
  );
  const label = (target: AlertTarget) => ({
    ...target,
    label: labels.get(target.webhookId ?? '') ?? target.label,
  });
  return changes.map((change) => ({
    ...change,
    opened: change.opened.map((alert) => ({ ...alert, target: label(alert.target) })),
    told: change.told.map((alert) => ({ ...alert, target: label(alert.target) })),
  }));
}

/** A description must not look like a line of its own, or turn the rest of a line around. */
function toOneLine(description: string): string {
  return description
    .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}
