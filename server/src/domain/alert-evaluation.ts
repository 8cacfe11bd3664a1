import type { AlertTarget } from '@tocsin/shared';
import { toAlertId, type AlertRule, type OpenAlert } from './alert.ts';
import type { EndpointWatch } from './endpoint-watch.ts';

/** What an owner's queue is like. */
export interface QueueFacts {
  readonly pending: number;
  /** When the oldest event was accepted whose first attempts are not made. Null: none waits. */
  readonly oldestOwedAt: number | null;
}

export interface EvaluationFacts {
  readonly now: number;
  /** How long a webhook may only fail before it is disabled, ms. */
  readonly disableAfterMs: number;
}

/** Whether an endpoint meets the condition of a rule. */
export function isFiring(
  rule: Pick<AlertRule, 'kind' | 'afterSeconds' | 'accountId'>,
  watch: EndpointWatch,
  { now, disableAfterMs }: EvaluationFacts,
): boolean {
  if (rule.accountId !== null && rule.accountId !== watch.accountId) return false;
  const { state, since, unhealthySince } = watch;
  const afterMs = rule.afterSeconds * 1_000;
  switch (rule.kind) {
    case 'failing':
      return (state === 'failing' || state === 'paused') && now - unhealthySince >= afterMs;
    case 'paused':
      return state === 'paused' && now - since >= afterMs;
    case 'disabled':
      return state === 'disabled';
    case 'disable_warning':
      return (state === 'failing' || state === 'paused') && unhealthySince + disableAfterMs - now <= afterMs;
    case 'backlog':
    case 'lag':
      return false;
  }
}

/** Whether the queue meets the condition of a rule. Since when, epoch ms, or undefined. */
export function findQueueAlert(
  rule: Pick<AlertRule, 'kind' | 'afterSeconds' | 'waiting'>,
  { pending, oldestOwedAt }: QueueFacts,
  now: number,
): { readonly since: number; readonly detail: string } | undefined {
  if (rule.kind === 'backlog' && pending >= rule.waiting) {
    return { since: now, detail: `at least ${rule.waiting} deliveries are waiting: ${pending}` };
  }
  if (rule.kind !== 'lag' || oldestOwedAt === null) return undefined;
  const waited = now - oldestOwedAt;
  if (waited < rule.afterSeconds * 1_000) return undefined;
  return {
    since: oldestOwedAt,
    detail: `the oldest event has waited ${Math.floor(waited / 1_000)} s for its first attempt`,
  };
}

/** The changes of the alerts of one rule. */
export interface RuleChanges {
  readonly opened: readonly OpenAlert[];
  readonly told: readonly OpenAlert[];
  readonly closed: readonly OpenAlert[];
}

/** What a rule finds. */
export interface Found {
  readonly firing: readonly AlertTarget[];
  /** The open alerts of the rule. */
  readonly open: readonly OpenAlert[];
  /** Webhooks about which no message is made now. An alert that is open stays open. */
  readonly snoozed: ReadonlySet<string>;
}

/** Compares what a rule finds with its open alerts. */
export function toRuleChanges(rule: AlertRule, { firing, open, snoozed }: Found, now: number): RuleChanges {
  const openById = new Map(open.map((alert) => [alert.id, alert]));
  const firingIds = new Set(firing.map(({ webhookId }) => toAlertId(rule.id, webhookId)));
  const { remindAfterSeconds } = rule;
  const isDue = ({ toldAt }: OpenAlert) =>
    remindAfterSeconds !== null && now - toldAt >= remindAfterSeconds * 1_000;
  const audible = firing.filter(({ webhookId }) => webhookId === null || !snoozed.has(webhookId));
  return {
    opened: audible.flatMap((target): OpenAlert[] => {
      const id = toAlertId(rule.id, target.webhookId);
      if (openById.has(id)) return [];
      return [{ id, ruleId: rule.id, accountId: rule.accountId, target, openedAt: now, toldAt: now }];
    }),
    told: audible.flatMap((target) => {
      const alert = openById.get(toAlertId(rule.id, target.webhookId));
      return alert !== undefined && isDue(alert) ? [{ ...alert, target, toldAt: now }] : [];
    }),
    closed: open.filter(({ id }) => !firingIds.has(id)),
  };
}
