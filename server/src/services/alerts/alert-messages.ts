import type { AlertMessageKind } from '@tocsin/shared';
import { maxNamedTargets, type AlertChannel, type AlertMessage, type AlertRule } from '../../domain/alert.ts';
import type { RuleChanges } from '../../domain/alert-evaluation.ts';
import type { Ids } from '../../domain/ports/runtime.ts';

/**
 * One message for each channel and kind, however many endpoints a rule found.
 *
 * @param channels that take messages, by id
 */
export function toMessages(
  ids: Pick<Ids, 'alertMessage'>,
  { rule, opened, told, closed }: { readonly rule: AlertRule } & RuleChanges,
  channels: ReadonlyMap<string, AlertChannel>,
  now: number,
): AlertMessage[] {
  const kinds: readonly (readonly [AlertMessageKind, RuleChanges['opened']])[] = [
    ['opened', opened],
    ['reminder', told],
    ['resolved', closed],
  ];
  return kinds.flatMap(([kind, about]) => {
    if (about.length === 0) return [];
    return rule.channelIds.flatMap((id): AlertMessage[] => {
      const channel = channels.get(id);
      if (channel === undefined) return [];
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
