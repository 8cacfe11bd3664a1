import type { Document } from 'mongodb';
import {
  hourMs,
  keptHours,
  quietMs,
  toHour,
  type IncidentClosure,
  type IncidentFailures,
} from '../../../domain/incident.ts';
import { unendedFrom } from '../documents/incident.ts';

/* The rules of domain/incident.ts as update pipelines, so that processes that count at once lose no failures. */

const literal = (value: unknown) => ({ $literal: value });

/** Like `afterFailures`. */
export function toFailureUpdate(failures: IncidentFailures): Document[] {
  const { webhookId, appId, accountId, reason, statusCode, attempts } = failures;
  const [firstAt, lastAt] = [new Date(failures.firstAt), new Date(failures.lastAt)];
  const hour = toHour(failures.lastAt);
  const hourly = { $ifNull: ['$hourly', []] };
  const ofHour = { $filter: { input: hourly, as: 'one', cond: { $eq: ['$$one.at', new Date(hour)] } } };
  const oldest = new Date(hour - keptHours * hourMs);
  const kept = {
    $filter: {
      input: hourly,
      as: 'one',
      cond: { $and: [{ $gt: ['$$one.at', oldest] }, { $ne: ['$$one.at', new Date(hour)] }] },
    },
  };
  // A missing end compares as lower than every date.
  const goesOn = { $gt: ['$openUntil', firstAt] };
  return [
    { $set: { goesOn } },
    {
      $set: {
        webhookId: literal(webhookId),
        appId: literal(appId),
        accountId: literal(accountId),
        reason: literal(reason),
        statusCode: literal(statusCode),
        firstSeenAt: { $min: ['$firstSeenAt', firstAt] },
        openedAt: { $cond: ['$goesOn', '$openedAt', firstAt] },
        lastSeenAt: { $max: ['$lastSeenAt', lastAt] },
        failedAttempts: { $add: [{ $cond: ['$goesOn', '$failedAttempts', 0] }, attempts] },
        hourly: {
          $concatArrays: [
            kept,
            [{ at: new Date(hour), attempts: { $add: [{ $sum: { $map: toAttempts(ofHour) } }, attempts] } }],
          ],
        },
        closedBy: null,
      },
    },
    { $set: { openUntil: { $add: [unendedFrom, '$failedAttempts'] } } },
    { $unset: 'goesOn' },
  ];
}

function toAttempts(input: Document): Document {
  return { input, as: 'one', in: '$$one.attempts' };
}

/** Like `afterClosure`, for incidents that it changes. */
export function toClosureUpdate({ at, by }: IncidentClosure): Document[] {
  const end = new Date(at);
  const openUntil = by === 'disabled' ? end : { $max: [end, { $add: ['$lastSeenAt', quietMs] }] };
  return [{ $set: { openUntil, closedBy: literal(by) } }];
}
