import type { AlertTarget } from '@tocsin/shared';
import {
  maxOpenAlerts,
  maxWaitingMessages,
  type AlertChannel,
  type AlertRule,
  type OpenAlert,
} from '../../domain/alert.ts';
import { toRuleChanges, type QueueFacts, type RuleChanges } from '../../domain/alert-evaluation.ts';
import type { EndpointWatch } from '../../domain/endpoint-watch.ts';
import { groupBy } from '../../domain/group-by.ts';
import type { AlertStore } from '../../domain/ports/alert-store.ts';
import type { EndpointWatchStore } from '../../domain/ports/endpoint-watch-store.ts';
import type { Ids } from '../../domain/ports/runtime.ts';
import { toMessages } from './alert-messages.ts';
import { findEndpoints, findQueue, withLabels, type LabelTargetsDeps } from './alert-targets.ts';
import { createCountQueues, type CountQueuesDeps, type Queues } from './count-queues.ts';

/** Returns those of the webhooks whose alerts are silenced now, by a snooze of anyone or of the operator. */
export type FindSnoozed = (
  webhookIds: readonly string[],
  now: number,
  by: 'anyone' | 'operator',
) => Promise<ReadonlySet<string>>;

export interface EvaluateAlertsDeps extends LabelTargetsDeps, CountQueuesDeps {
  readonly alerts: Pick<
    AlertStore,
    'listEnabledRules' | 'listOpen' | 'listOpenOf' | 'getChannels' | 'countWaiting' | 'apply'
  >;
  readonly watches: Pick<EndpointWatchStore, 'listNewest' | 'listAfter' | 'getMany' | 'findOldestOwed'>;
  readonly ids: Pick<Ids, 'alertMessage'>;
  readonly findSnoozed: FindSnoozed;
  readonly disableAfterMs: number;
  /** Whether the rules of accounts are evaluated. */
  readonly hasAccountAlerts: boolean;
}

const maxRulesRead = 10_000;
/** Rules that are evaluated with one read of each kind, and whose changes are stored together. */
const rulesPerStep = 20;
/** Endpoints that rules look at: those that changed last, and as many others in turns. */
const maxEndpoints = 10_000;
/** Open alerts that one evaluation compares with the rules that exist. The others have their turn in the next ones. */
const maxOpenChecked = 5_000;
/** Alerts of one rule that one evaluation opens. More would not fit in a message that a person reads. */
const maxOpened = 500;

/** What all rules are compared with. */
interface Facts {
  readonly now: number;
  readonly queues: Queues;
  readonly endpoints: readonly EndpointWatch[];
  readonly byAccount: ReadonlyMap<string, readonly EndpointWatch[]>;
  readonly known: ReadonlySet<string>;
}

/** Compares the rules with the watched endpoints and the queue. Stores changed alerts with their messages. */
export function createEvaluateAlerts(deps: EvaluateAlertsDeps) {
  const countQueues = createCountQueues(deps);
  const readEndpoints = createReadEndpoints(deps);
  const endOthers = createEndOthers(deps);
  const evaluateSome = createEvaluateSome(deps);

  return async function evaluateAlerts(now: number): Promise<void> {
    const enabled = await deps.alerts.listEnabledRules(maxRulesRead);
    const rules = enabled.filter(({ accountId }) => accountId === null || deps.hasAccountAlerts);
    await endOthers(new Set(rules.map(({ id }) => id)));
    if (rules.length === 0) return;
    const [queues, endpoints] = await Promise.all([countQueues(rules, now), readEndpoints()]);
    const byAccount = groupBy(endpoints, ({ accountId }) => accountId);
    const known = new Set(endpoints.map(({ webhookId }) => webhookId));
    for (let start = 0; start < rules.length; start += rulesPerStep) {
      const some = rules.slice(start, start + rulesPerStep);
      await evaluateSome(some, { now, queues, endpoints, byAccount, known });
    }
  };
}

/** Reads all watched endpoints, or those that changed last and some others. Open alerts about others are looked up by id. */
function createReadEndpoints({ watches }: Pick<EvaluateAlertsDeps, 'watches'>) {
  let after: string | undefined;
  return async function readEndpoints(): Promise<EndpointWatch[]> {
    const newest = await watches.listNewest(maxEndpoints);
    if (newest.length < maxEndpoints) return newest;
    const others = await watches.listAfter(after, maxEndpoints);
    after = others.length < maxEndpoints ? undefined : others.at(-1)?.webhookId;
    return [...new Map([...newest, ...others].map((watch) => [watch.webhookId, watch])).values()];
  };
}

/** Ends the alerts of rules that are switched off or gone, without a message. */
function createEndOthers({ alerts }: Pick<EvaluateAlertsDeps, 'alerts'>) {
  let after: string | undefined;
  return async function endOthers(ruleIds: ReadonlySet<string>): Promise<void> {
    const open = await alerts.listOpen(after, maxOpenChecked);
    after = open.length < maxOpenChecked ? undefined : open.at(-1)?.id;
    const closed = open.filter(({ ruleId }) => !ruleIds.has(ruleId)).map(({ id }) => id);
    if (closed.length > 0) await alerts.apply({ opened: [], told: [], closed, messages: [] });
  };
}

type ChangesOfRule = RuleChanges & { readonly rule: AlertRule };

function createEvaluateSome(deps: EvaluateAlertsDeps) {
  const { alerts, ids } = deps;
  const findChanges = createFindChanges(deps);
  const readChannels = createReadChannels(deps);

  return async function evaluateSome(rules: readonly AlertRule[], facts: Facts): Promise<void> {
    const found = await findChanges(rules, facts);
    const changes = found.filter(
      ({ opened, told, closed }) => opened.length + told.length + closed.length > 0,
    );
    if (changes.length === 0) return;
    const { own, ready } = await readChannels(changes.map(({ rule }) => rule));
    // What no channel takes is found again by the next evaluation.
    const timely = changes.filter(({ rule: { id, channelIds } }) => {
      const existing = channelIds.filter((channelId) => own.get(id)?.has(channelId) === true);
      return existing.length === 0 || existing.some((channelId) => ready.has(channelId));
    });
    const named = await withLabels(deps, timely);
    await alerts.apply({
      opened: named.flatMap(({ opened }) => opened),
      told: named.flatMap(({ told }) => told),
      closed: named.flatMap(({ closed }) => closed.map(({ id }) => id)),
      messages: named.flatMap((change) => {
        const takers = [...ready].filter(([id]) => own.get(change.rule.id)?.has(id) === true);
        return toMessages(ids, change, new Map(takers), facts.now);
      }),
    });
  };
}

/** Compares what rules find with their open alerts. */
function createFindChanges({ alerts, watches, findSnoozed, disableAfterMs }: EvaluateAlertsDeps) {
  function findFiring(rule: AlertRule, others: readonly EndpointWatch[], facts: Facts) {
    const { now, queues, endpoints, byAccount } = facts;
    if (rule.kind === 'backlog' || rule.kind === 'lag') {
      const queue: QueueFacts | undefined = queues.get(rule.accountId);
      return queue === undefined ? undefined : findQueue(rule, queue, now);
    }
    const candidates = rule.accountId === null ? endpoints : (byAccount.get(rule.accountId) ?? []);
    return findEndpoints(rule, [...candidates, ...others], { now, disableAfterMs });
  }

  /** An account does not silence the alerts of the operator. */
  async function readSnoozed(
    found: readonly { readonly rule: AlertRule; readonly firing: readonly AlertTarget[] }[],
    by: 'anyone' | 'operator',
    now: number,
  ): Promise<ReadonlySet<string>> {
    const ofOwner = found.filter(({ rule }) => (rule.accountId === null) === (by === 'operator'));
    const about = ofOwner.flatMap(({ firing }) => firing.flatMap(({ webhookId }) => webhookId ?? []));
    return await findSnoozed([...new Set(about)], now, by);
  }

  return async function findChanges(rules: readonly AlertRule[], facts: Facts): Promise<ChangesOfRule[]> {
    const max = rules.reduce((sum, rule) => sum + toMaxOpen(rule), 0);
    const open = await alerts.listOpenOf(
      rules.map(({ id }) => id),
      max,
    );
    const openByRule = groupBy(open, ({ ruleId }) => ruleId);
    const missing = open.flatMap(({ target: { webhookId } }) =>
      webhookId === null || facts.known.has(webhookId) ? [] : webhookId,
    );
    const others = missing.length === 0 ? [] : await watches.getMany([...new Set(missing)]);
    const found = rules.flatMap((rule) => {
      const own = openByRule.get(rule.id) ?? [];
      const firing = findFiring(rule, others, facts);
      // Its queue is not counted this time.
      return firing === undefined ? [] : [{ rule, open: own, firing: limitNew(rule, firing, own) }];
    });
    const [byOperator, byAnyone] = await Promise.all([
      readSnoozed(found, 'operator', facts.now),
      readSnoozed(found, 'anyone', facts.now),
    ]);
    return found.map(({ rule, ...what }) => {
      const snoozed = rule.accountId === null ? byOperator : byAnyone;
      return { rule, ...toRuleChanges(rule, { ...what, snoozed }, facts.now) };
    });
  };
}

/** The open ones, and as many new ones as an evaluation opens. The others follow in the next evaluations. */
function limitNew(
  rule: AlertRule,
  firing: readonly AlertTarget[],
  open: readonly OpenAlert[],
): AlertTarget[] {
  const known = new Set(open.map(({ target }) => target.webhookId));
  let room = Math.min(maxOpened, toMaxOpen(rule) - open.length);
  return firing.filter(({ webhookId }) => known.has(webhookId) || room-- > 0);
}

function toMaxOpen({ accountId }: AlertRule): number {
  return accountId === null ? maxOpenAlerts.operator : maxOpenAlerts.account;
}

/** Finds the channels of rules, and those that take more messages. */
function createReadChannels({ alerts }: Pick<EvaluateAlertsDeps, 'alerts'>) {
  return async function readChannels(rules: readonly AlertRule[]) {
    const ids = [...new Set(rules.flatMap(({ channelIds }) => channelIds))];
    const [found, waiting] = await Promise.all([
      alerts.getChannels(ids),
      alerts.countWaiting(ids, maxWaitingMessages.operator),
    ]);
    const isReady = ({ id, accountId }: AlertChannel) =>
      (waiting.get(id) ?? 0) <
      (accountId === null ? maxWaitingMessages.operator : maxWaitingMessages.account);
    return {
      /** By rule. A channel of another owner never gets a message, whatever a rule names. */
      own: new Map(
        rules.map((rule) => [
          rule.id,
          new Set(found.filter(({ accountId }) => accountId === rule.accountId).map(({ id }) => id)),
        ]),
      ),
      ready: new Map(found.filter(isReady).map((channel) => [channel.id, channel])),
    };
  };
}
