import type { AlertMessageKind, AlertTarget } from '@tocsin/shared';
import {
  maxNamedTargets,
  type AlertChannel,
  type AlertMessage,
  type AlertRule,
  type OpenAlert,
} from '../../domain/alert.ts';
import { findQueueAlert, isFiring, toRuleChanges, type QueueFacts } from '../../domain/alert-evaluation.ts';
import type { EndpointWatch } from '../../domain/endpoint-watch.ts';
import type { AlertChanges, AlertStore } from '../../domain/ports/alert-store.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EndpointWatchStore } from '../../domain/ports/endpoint-watch-store.ts';
import type { Ids } from '../../domain/ports/runtime.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toIso } from '../common/iso-time.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { findHost } from './to-notice.ts';

/** Returns those of the webhooks whose alerts are silenced now, for example by a snoozed incident. */
export type FindSnoozed = (webhookIds: readonly string[], now: number) => Promise<ReadonlySet<string>>;

export interface EvaluateAlertsDeps {
  readonly alerts: Pick<AlertStore, 'listEnabledRules' | 'listOpen' | 'getChannels' | 'apply'>;
  readonly watches: Pick<EndpointWatchStore, 'listNewest' | 'getMany' | 'findOldestOwed'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly deliveries: Pick<DeliveryStore, 'getQueueState'>;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly ids: Pick<Ids, 'alertMessage'>;
  readonly findSnoozed: FindSnoozed;
  readonly disableAfterMs: number;
  /** Whether the rules of accounts are evaluated. */
  readonly hasAccountAlerts: boolean;
}

const maxRulesRead = 10_000;
const maxOpen = 20_000;
/** Endpoints that rules look at, those that changed last first. Open alerts about others are looked up by id. */
const maxEndpoints = 10_000;
/** Accounts whose queue is counted in one evaluation. The others have their turn in the next ones. */
const maxQueuesCounted = 50;
/** Alerts of one rule that one evaluation opens. More would not fit in a message that a person reads. */
const maxOpened = 500;

/** Compares the rules with the watched endpoints and the queue. Stores changed alerts with their messages. */
export function createEvaluateAlerts(deps: EvaluateAlertsDeps) {
  const { alerts, watches } = deps;
  const countQueues = createQueueCounter(deps);

  async function readFacts() {
    const [rules, open, newest] = await Promise.all([
      alerts.listEnabledRules(maxRulesRead),
      alerts.listOpen(maxOpen),
      watches.listNewest(maxEndpoints),
    ]);
    const known = new Set(newest.map(({ webhookId }) => webhookId));
    const missing = open.flatMap(({ target: { webhookId } }) =>
      webhookId === null || known.has(webhookId) ? [] : webhookId,
    );
    return { rules, open, endpoints: [...newest, ...(await watches.getMany([...new Set(missing)]))] };
  }

  return async function evaluateAlerts(now: number): Promise<void> {
    const facts = await readFacts();
    const rules = facts.rules.filter(({ accountId }) => accountId === null || deps.hasAccountAlerts);
    if (rules.length === 0 && facts.open.length === 0) return;
    const queues = await countQueues(rules, now);
    const openByRule = groupBy(facts.open, ({ ruleId }) => ruleId);
    const byAccount = groupBy(facts.endpoints, ({ accountId }) => accountId);
    const toTargets = await createToTargets(deps, rules, facts.endpoints, now);
    const found = rules.flatMap((rule) => {
      const open = openByRule.get(rule.id) ?? [];
      openByRule.delete(rule.id);
      const firing = toTargets(rule, byAccount, queues);
      // Its queue is not counted this time.
      return firing === undefined ? [] : [{ rule, open, firing: limitNew(firing, open) }];
    });
    const snoozed = await deps.findSnoozed(
      [...new Set(found.flatMap(({ firing }) => firing.flatMap(({ webhookId }) => webhookId ?? [])))],
      now,
    );
    const changes = found.map(({ rule, open, firing }) => ({
      rule,
      ...toRuleChanges(rule, { firing, open, snoozed }, now),
    }));
    const channels = await readChannels(changes);
    const all: AlertChanges = {
      opened: changes.flatMap(({ opened }) => opened),
      told: changes.flatMap(({ told }) => told),
      // Alerts of rules that are switched off or gone end without a message.
      closed: [...changes.flatMap(({ closed }) => closed), ...[...openByRule.values()].flat()].map(
        ({ id }) => id,
      ),
      messages: changes.flatMap((change) => toMessages(deps.ids, change, channels, now)),
    };
    if (all.opened.length + all.told.length + all.closed.length > 0) await alerts.apply(all);
  };

  async function readChannels(changes: readonly { readonly rule: AlertRule }[]) {
    const ids = [...new Set(changes.flatMap(({ rule }) => rule.channelIds))];
    const found = ids.length === 0 ? [] : await alerts.getChannels(ids);
    return new Map(found.map((channel) => [channel.id, channel]));
  }
}

/** The open ones, and as many new ones as an evaluation opens. The others follow in the next evaluations. */
function limitNew(firing: readonly AlertTarget[], open: readonly OpenAlert[]): AlertTarget[] {
  const known = new Set(open.map(({ target }) => target.webhookId));
  let room = maxOpened;
  return firing.filter(({ webhookId }) => known.has(webhookId) || room-- > 0);
}

type Queues = ReadonlyMap<string | null, QueueFacts>;

/** Counts the queues that rules are about: the operator's, and those of some accounts in turns. */
function createQueueCounter({ deliveries, watches }: EvaluateAlertsDeps) {
  let turn = 0;
  return async function countQueues(rules: readonly AlertRule[], now: number): Promise<Queues> {
    const owners = rules.filter(({ kind }) => kind === 'backlog').map(({ accountId }) => accountId);
    const accounts = [...new Set(owners)].filter((accountId) => accountId !== null).sort();
    const start = accounts.length <= maxQueuesCounted ? 0 : (turn += maxQueuesCounted) % accounts.length;
    const chosen = [...accounts, ...accounts].slice(
      start,
      start + Math.min(maxQueuesCounted, accounts.length),
    );
    const counted = new Map<string | null, QueueFacts>();
    const hasLag = rules.some(({ kind }) => kind === 'lag');
    if (hasLag || owners.includes(null)) {
      const { pending } = owners.includes(null)
        ? await deliveries.getQueueState({ excludedAppIds: [] }, now)
        : { pending: 0 };
      counted.set(null, { pending, oldestOwedAt: hasLag ? await watches.findOldestOwed() : null });
    }
    for (const accountId of chosen) {
      const { pending } = await deliveries.getQueueState({ accountId, excludedAppIds: [] }, now);
      counted.set(accountId, { pending, oldestOwedAt: null });
    }
    return counted;
  };
}

/** Finds the targets that meet the condition of a rule. Reads the names of the endpoints that any rule is about. */
async function createToTargets(
  { webhooks, secretBox, disableAfterMs }: EvaluateAlertsDeps,
  rules: readonly AlertRule[],
  endpoints: readonly EndpointWatch[],
  now: number,
) {
  const facts = { now, disableAfterMs };
  const named = endpoints.filter((watch) => rules.some((rule) => isFiring(rule, watch, facts)));
  const stored = await webhooks.getMany(named.map(({ webhookId }) => webhookId));
  const labels = new Map(
    stored.map((webhook) => {
      const host = findHost(secretBox, webhook);
      return [webhook.id, webhook.description === null ? host : `${host} (${webhook.description})`];
    }),
  );
  const toTarget = (rule: AlertRule, watch: EndpointWatch): AlertTarget => ({
    webhookId: watch.webhookId,
    appId: watch.appId,
    accountId: watch.accountId,
    label: labels.get(watch.webhookId) ?? watch.webhookId,
    detail: describeEndpoint(rule.kind, watch, facts),
    since: toIso(
      rule.kind === 'failing' || rule.kind === 'disable_warning' ? watch.unhealthySince : watch.since,
    ),
  });

  return (
    rule: AlertRule,
    byAccount: ReadonlyMap<string, readonly EndpointWatch[]>,
    queues: Queues,
  ): AlertTarget[] | undefined => {
    if (rule.kind === 'backlog' || rule.kind === 'lag') {
      const queue = queues.get(rule.accountId);
      if (queue === undefined) return undefined;
      const alert = findQueueAlert(rule, queue, now);
      if (alert === undefined) return [];
      const { accountId } = rule;
      const label = accountId === null ? 'the queue of all accounts' : `the queue of ${accountId}`;
      return [
        { webhookId: null, appId: null, accountId, label, detail: alert.detail, since: toIso(alert.since) },
      ];
    }
    const candidates = rule.accountId === null ? endpoints : (byAccount.get(rule.accountId) ?? []);
    return candidates.filter((watch) => isFiring(rule, watch, facts)).map((watch) => toTarget(rule, watch));
  };
}

/** One message for each channel and kind, however many endpoints a rule found. */
function toMessages(
  ids: Pick<Ids, 'alertMessage'>,
  {
    rule,
    opened,
    told,
    closed,
  }: { readonly rule: AlertRule } & Record<'opened' | 'told' | 'closed', readonly OpenAlert[]>,
  channels: ReadonlyMap<string, AlertChannel>,
  now: number,
): AlertMessage[] {
  const kinds: readonly (readonly [AlertMessageKind, readonly OpenAlert[]])[] = [
    ['opened', opened],
    ['reminder', told],
    ['resolved', closed],
  ];
  return kinds.flatMap(([kind, about]) => {
    if (about.length === 0) return [];
    return rule.channelIds.flatMap((id): AlertMessage[] => {
      const channel = channels.get(id);
      // A channel of another owner never gets a message, whatever a rule names.
      if (channel === undefined || channel.accountId !== rule.accountId) return [];
      return [
        {
          ...toMessage(ids.alertMessage(now), channel, now),
          kind,
          alert: rule.kind,
          ruleId: rule.id,
          ruleName: rule.name,
          count: about.length,
          targets: about.slice(0, maxNamedTargets).map(({ target }) => target),
        },
      ];
    });
  });
}

/** A test message, or what all messages have. */
export function toMessage(id: string, channel: AlertChannel, now: number): AlertMessage {
  return {
    id,
    at: now,
    kind: 'test',
    alert: null,
    accountId: channel.accountId,
    ruleId: null,
    ruleName: null,
    channelId: channel.id,
    channelName: channel.name,
    channelKind: channel.kind,
    count: 0,
    targets: [],
    status: 'waiting',
    tries: 0,
    nextAt: now,
    sentAt: null,
    error: null,
  };
}

function groupBy<T>(items: readonly T[], toKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(toKey(item));
    if (group === undefined) groups.set(toKey(item), [item]);
    else group.push(item);
  }
  return groups;
}
