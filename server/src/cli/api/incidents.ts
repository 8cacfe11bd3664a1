import {
  countIncidentsInput,
  listIncidentsInput,
  listUnhealthyInput,
  noteIncidentInput,
  snoozeIncidentInput,
} from '@tocsin/shared';
import { toCount } from '../count.ts';
import { toShortTime } from '../output/time.ts';
import { incidentById } from './by-id.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const example = 'inc_0123456789ab_http_status_503';
const operand = { field: 'id', summary: 'id of the incident, inc_...' };

/** A count that may be a lower bound. */
function toLeast(count: number, isCapped: boolean): string {
  return isCapped ? `over ${count - 1}` : String(count);
}

export const incidentsList = defineList({
  details: 'Open incidents, the worst first. With --state closed, those that ended, the newest first.',
  examples: ['', '--state closed --app app_shop', '--webhook wh_0123456789ab --json'],
  input: listIncidentsInput,
  page: async (client, input) => await client.incidents.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATE', value: ({ state, snoozedUntil }) => (snoozedUntil === null ? state : 'snoozed') },
    { title: 'WEBHOOK IS', value: ({ webhookState }) => webhookState },
    { title: 'FAILED', value: ({ failedAttempts }) => failedAttempts },
    { title: 'WAITING', value: ({ waiting, waitingIsCapped }) => toLeast(waiting, waitingIsCapped) },
    { title: 'SINCE', value: ({ openedAt }) => toShortTime(openedAt) },
    { title: 'LAST', value: ({ lastSeenAt }) => toShortTime(lastSeenAt) },
    { title: 'URL', value: ({ url }) => url, canCut: true },
  ],
  empty: 'no incidents',
});

export const incidentsGet = defineCall({
  examples: [example, `${example} --json`],
  input: incidentById,
  operand,
  call: async (client, input) => await client.incidents.get.query(input),
});

export const incidentsCount = defineCall({
  examples: ['', '--app app_shop'],
  input: countIncidentsInput,
  call: async (client, input) => await client.incidents.count.query(input),
  text: ({ open, snoozed, isCapped }) => `${toLeast(open, isCapped)} open, ${snoozed} of them snoozed`,
});

export const incidentsWebhooks = defineList({
  details: 'Those with the most failures in a row first.',
  examples: ['--state failing', '--state disabled --app app_shop --json'],
  input: listUnhealthyInput,
  page: async (client, input) => await client.incidents.webhooks.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'IN A ROW', value: ({ health }) => health.failuresInARow },
    { title: 'REASON', value: ({ health, disabledReason }) => disabledReason ?? health.lastFailureReason },
    { title: 'SINCE', value: ({ health }) => toShortTime(health.failingSince) },
    { title: 'WAITING', value: ({ waiting, waitingIsCapped }) => toLeast(waiting, waitingIsCapped) },
    { title: 'URL', value: ({ url }) => url, canCut: true },
  ],
  empty: 'no webhooks',
});

export const incidentsSnooze = defineCall({
  examples: [`${example} --until 2026-02-01T08:00:00Z`],
  input: snoozeIncidentInput,
  operand,
  call: async (client, input) => await client.incidents.snooze.mutate(input),
  text: ({ id, snoozedUntil }) =>
    snoozedUntil === null ? `${id} is not snoozed` : `${id} is snoozed until ${snoozedUntil}`,
});

export const incidentsNote = defineCall({
  examples: [`${example} --note 'The customer moves the endpoint on Monday'`],
  input: noteIncidentInput,
  operand,
  call: async (client, input) => await client.incidents.note.mutate(input),
  text: ({ id, waiting }) => `${id} has a note; ${toCount(waiting, 'delivery waits', 'deliveries wait')}`,
});
