import {
  createWebhookInput,
  deleteWebhookInput,
  listWebhookSummariesInput,
  listWebhooksInput,
  previewInput,
  rotateSecretInput,
  sendSampleInput,
  sendWaitingInput,
  updateWebhookInput,
  webhookActivityInput,
  webhookBacklogInput,
  type WebhookView,
} from '@tocsin/shared';
import { exitCode, UsageError } from '../command.ts';
import { toCount } from '../count.ts';
import { toShortTime } from '../output/time.ts';
import { webhookById } from './by-id.ts';
import { clientCertificate } from './client-certificate.ts';
import { defineCall } from './define-call.ts';
import { defineList } from './define-list.ts';

const operand = { field: 'id', summary: 'id of the webhook, such as wh_0123456789ab' };
const saveSecret = 'save the secret now; it is not shown again';

/** Of `updateWebhookInput`: what `enable` and `disable` set, and what no text can express. */
const withoutState = ['enabled', 'backlog', 'clientCertificate'];

/** The same without what a new webhook has not. */
const stateFields = Object.keys(updateWebhookInput.shape).filter(
  (name) => name !== 'id' && name !== 'expectedRevision',
);

export const webhooksList = defineList({
  details: 'The oldest first.',
  examples: ['--app app_shop', '--app app_shop --state failing', '--app app_shop --json'],
  input: listWebhooksInput,
  page: async (client, input) => await client.webhooks.list.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATE', value: toState },
    { title: 'EVENTS', value: ({ events }) => events.join(','), canCut: true },
    { title: 'LAST DELIVERY', value: ({ lastDeliveryAt }) => toShortTime(lastDeliveryAt) },
    { title: 'URL', value: ({ url }) => url, canCut: true },
  ],
  empty: 'no webhooks',
});

export const webhooksSummaries = defineList({
  details: 'The newest first. Finds webhooks by words of their description, id and URL.',
  examples: ['--state failing', '--search hooks.example.com', '--app app_shop --search billing --all --json'],
  input: listWebhookSummariesInput,
  page: async (client, input) => await client.webhooks.summaries.query(input),
  columns: [
    { title: 'ID', value: ({ id }) => id },
    { title: 'STATE', value: ({ state }) => state },
    { title: 'APP', value: ({ appId }) => appId },
    { title: 'DESCRIPTION', value: ({ description }) => description, canCut: true },
    { title: 'LAST DELIVERY', value: ({ lastDeliveryAt }) => toShortTime(lastDeliveryAt) },
    { title: 'URL', value: ({ url }) => url, canCut: true },
  ],
  empty: 'no webhooks',
});

export const webhooksGet = defineCall({
  examples: ['wh_0123456789ab'],
  input: webhookById,
  operand,
  call: async (client, input) => await client.webhooks.get.query(input),
});

export const webhooksCreate = defineCall({
  details: 'Prints the secret, once. Standard error has the id; with --json, the result has both.',
  examples: [
    "--app app_shop --endpoint https://example.com/hooks --event 'license.*'",
    "--app app_shop --endpoint https://example.com/hooks --event '*' --header 'x-team: billing' --rate-limit 10",
  ],
  input: createWebhookInput,
  without: ['enabled', 'clientCertificate'],
  extra: {
    options: {
      disabled: { type: 'boolean', summary: 'keep deliveries pending until the webhook is enabled' },
      ...clientCertificate.options,
    },
    names: clientCertificate.names,
    toFields: async (values) => ({
      ...(values['disabled'] === true ? { enabled: false } : {}),
      ...(await clientCertificate.toFields(values)),
    }),
  },
  call: async (client, input) => await client.webhooks.create.mutate(input),
  notes: ({ id, appId, publicKey }) => [
    `created ${id} of ${appId}`,
    ...(publicKey === null ? [] : [`receivers verify with the public key ${publicKey}`]),
    saveSecret,
  ],
  text: ({ secret }) => secret,
});

export const webhooksUpdate = defineCall({
  details:
    'Changes the given fields only. "tocsin webhooks enable" and "disable" switch a webhook on and off. Some changes\n' +
    'generate a new secret, which is then printed.',
  examples: [
    "wh_0123456789ab --event 'license.*' --event user.ban",
    'wh_0123456789ab --rate-limit none --expected-revision 7',
  ],
  input: updateWebhookInput.refine(
    (input) => stateFields.some((name) => Reflect.get(input, name) !== undefined),
    {
      message: 'nothing to change; give at least one option, such as --endpoint or --event',
    },
  ),
  operand,
  without: withoutState,
  extra: {
    options: {
      ...clientCertificate.options,
      'no-client-certificate': { type: 'boolean', summary: 'remove the client certificate' },
    },
    names: clientCertificate.names,
    toFields: async (values) =>
      values['no-client-certificate'] === true
        ? { clientCertificate: null }
        : await clientCertificate.toFields(values),
  },
  call: async (client, input) => await client.webhooks.update.mutate(input),
  notes: ({ secret, droppedHeaders, droppedClientCertificate }) => [
    ...(secret === undefined ? [] : [`a new secret was generated; ${saveSecret}`]),
    ...(droppedHeaders === undefined
      ? []
      : [`headers of the old receiver were dropped: ${droppedHeaders.join(', ')}`]),
    ...(droppedClientCertificate === undefined
      ? []
      : ['the client certificate of the old receiver was dropped']),
  ],
  text: ({ id, revision, secret }) => secret ?? `${id} has revision ${revision}`,
});

export const webhooksEnable = defineCall({
  details: 'Sends, or cancels, what has been pending since it was disabled.',
  examples: [
    'wh_0123456789ab',
    'wh_0123456789ab --backlog cancel',
    'wh_0123456789ab --backlog 2026-11-24T00:00:00Z',
  ],
  input: updateWebhookInput.pick({ id: true, expectedRevision: true, backlog: true }),
  operand,
  extra: {
    options: {
      backlog: {
        type: 'string',
        value: 'what',
        choices: ['send', 'cancel'],
        summary:
          'pending deliveries: "send", "cancel", or a time: cancel those of events accepted before it (default: send)',
      },
    },
    toFields: ({ backlog }) => (backlog === undefined ? {} : { backlog: toBacklog(String(backlog)) }),
  },
  call: async (client, input) => await client.webhooks.update.mutate({ ...input, enabled: true }),
  text: ({ id }) => `enabled ${id}`,
});

export const webhooksDisable = defineCall({
  details: 'Sends nothing more. Deliveries stay pending until it is enabled again.',
  examples: ['wh_0123456789ab'],
  input: updateWebhookInput.pick({ id: true, expectedRevision: true }),
  operand,
  call: async (client, input) => await client.webhooks.update.mutate({ ...input, enabled: false }),
  text: ({ id }) => `disabled ${id}`,
});

export const webhooksDelete = defineCall({
  details: 'Cancels its pending deliveries.',
  examples: ['wh_0123456789ab', 'wh_0123456789ab --yes'],
  input: deleteWebhookInput,
  operand,
  question: ({ id }) => `Delete ${id} and cancel its pending deliveries?`,
  call: async (client, input) => await client.webhooks.delete.mutate(input),
  text: ({ id }) => `deleted ${id}`,
});

export const webhooksTest = defineCall({
  details: 'Sends a test ping at once, without retries. Exits with 1 if the endpoint does not accept it.',
  examples: ['wh_0123456789ab'],
  input: webhookById,
  operand,
  call: async (client, input) => await client.webhooks.test.mutate(input),
  exitCode: ({ delivered }) => (delivered ? exitCode.ok : exitCode.failed),
});

export const webhooksBacklog = defineCall({
  details: 'Counts the deliveries that wait, and those that failed for good since the last success.',
  examples: ['wh_0123456789ab', 'wh_0123456789ab --failed-since 2026-11-24T00:00:00Z'],
  input: webhookBacklogInput,
  operand,
  call: async (client, input) => await client.webhooks.backlog.query(input),
});

export const webhooksSendWaiting = defineCall({
  details:
    'Makes all waiting deliveries due now. A paused webhook gets a test ping first, and is active again if the\n' +
    'endpoint accepts it. A disabled webhook is rejected: use "tocsin webhooks enable".',
  examples: ['wh_0123456789ab'],
  input: sendWaitingInput,
  operand,
  call: async (client, input) => await client.webhooks.sendWaiting.mutate(input),
  notes: ({ remaining }) =>
    remaining > 0 ? [`${toCount(remaining, 'delivery', 'deliveries')} still waiting; run it again`] : [],
  text: ({ count }) => `${toCount(count, 'delivery', 'deliveries')} being sent`,
});

export const webhooksSendSample = defineCall({
  details:
    'Sends the example of an event type to this webhook only, signed like a delivery and marked as a sample. Exits\n' +
    'with 1 if the endpoint does not accept it.',
  examples: ['wh_0123456789ab --type license.revoked', 'wh_0123456789ab --type invoice.paid --version 1'],
  input: sendSampleInput,
  operand,
  call: async (client, input) => await client.webhooks.sendSample.mutate(input),
  exitCode: ({ delivered }) => (delivered ? exitCode.ok : exitCode.failed),
});

export const webhooksActivity = defineCall({
  details: 'Counts attempts by time, status, reason and event type, over 1, 24, 168 or 720 hours.',
  examples: ['wh_0123456789ab', 'wh_0123456789ab --hours 168 --json'],
  input: webhookActivityInput,
  operand,
  call: async (client, input) => await client.webhooks.activity.query(input),
});

export const webhooksRotateSecret = defineCall({
  details: 'Prints the new secret, once. Deliveries are signed with both until the end of the overlap.',
  examples: ['wh_0123456789ab', 'wh_0123456789ab --overlap-hours 0 # it leaked'],
  input: rotateSecretInput,
  operand,
  call: async (client, input) => await client.webhooks.rotateSecret.mutate(input),
  notes: ({ previousSecretUntil, publicKey }) => [
    previousSecretUntil === null
      ? 'the old secret has ended'
      : `the old secret is valid until ${previousSecretUntil}`,
    ...(publicKey === null ? [] : [`receivers verify with the public key ${publicKey}`]),
    saveSecret,
  ],
  text: ({ secret }) => secret,
});

export const webhooksPreview = defineCall({
  details: 'Prints the body that would be sent for the example of an event type.',
  examples: ['--format slack --type user.login', '--format json --profile standard --type license.revoked'],
  input: previewInput,
  call: async (client, input) => await client.webhooks.preview.query(input),
  text: ({ body }) => body,
});

function toBacklog(text: string): 'send' | 'cancel' | { readonly since: string } {
  if (text === 'send' || text === 'cancel') return text;
  if (!/^\d{4}-/.test(text)) {
    throw new UsageError('--backlog: must be "send", "cancel" or an ISO 8601 time');
  }
  return { since: text };
}

function toState({ enabled, disabledReason, health }: WebhookView): string {
  return enabled ? health.state : `disabled (${disabledReason ?? 'by_user'})`;
}
