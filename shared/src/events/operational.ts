import * as z from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { defineCatalog } from '../catalog/define-catalog.ts';
import type { FieldPresentation } from '../catalog/presentation.ts';
import type { Sides } from '../catalog/event-map.ts';
import { isoTimestamp, text } from './definition.ts';

/** The webhook that an operational event is about. */
const webhookFields = {
  webhookId: text,
  /** Not `appId`, which is the app that an event is published to. */
  webhookAppId: text,
  accountId: text,
  /** Of its URL. The rest of a URL can be a credential. */
  host: text,
  description: z.string().nullable(),
};

const webhookExample = {
  webhookId: 'wh_0a1b2c3d4e5f',
  webhookAppId: 'app_shop',
  accountId: 'acc_0123456789abcdef',
  host: 'hooks.customer.example',
  description: 'Orders to the warehouse',
};

const failureFields = {
  ...webhookFields,
  failingSince: isoTimestamp,
  failuresInARow: z.int().nonnegative(),
  reason: z.string().nullable(),
};

const failureExample = {
  ...webhookExample,
  failingSince: '2026-01-01T12:00:00.000Z',
  failuresInARow: 12,
  reason: 'timeout',
};

const shownWebhook = [
  { key: 'host', label: 'Host', style: 'id' },
  { key: 'description', label: 'Description', style: 'name' },
  { key: 'webhookId', label: 'Webhook', style: 'id' },
  { key: 'webhookAppId', label: 'App', style: 'id' },
  { key: 'accountId', label: 'Account', style: 'id' },
] as const satisfies readonly FieldPresentation[];

const shownFailure = [
  ...shownWebhook,
  { key: 'reason', label: 'Reason', style: 'name' },
  { key: 'failingSince', label: 'Failing since', style: 'time' },
] as const satisfies readonly FieldPresentation[];

interface WebhookData {
  webhookId: string;
  webhookAppId: string;
  accountId: string;
  host: string;
  description: string | null;
}

interface FailureData extends WebhookData {
  failingSince: string;
  failuresInARow: number;
  reason: string | null;
}

/** The events of Tocsin about webhooks and deliveries, which an operator's app gets. */
export interface OperationalEvents {
  'endpoint.failing': Sides<FailureData>;
  'endpoint.paused': Sides<FailureData>;
  'endpoint.disabled': Sides<WebhookData & { disabledAt: string; reason: string }>;
  'endpoint.recovered': Sides<
    WebhookData & {
      previousState: 'failing' | 'paused' | 'disabled';
      unhealthySince: string;
      recoveredAt: string;
    }
  >;
  'delivery.exhausted': Sides<
    WebhookData & { count: number; isLowerBound: boolean; from: string; to: string }
  >;
  'secret.expiring': Sides<
    WebhookData & { kind: 'previous_secret' | 'client_certificate'; expiresAt: string }
  >;
}

/**
 * The events that Tocsin publishes to the app of the operator (OPERATIONAL_APP). A receiver with this catalog
 * narrows `data` by `type`.
 */
export const operationalCatalog = /* @__PURE__ */ defineCatalog({
  'endpoint.failing': {
    description: 'A webhook fails again and again. It is retried as usual.',
    schema: z.looseObject(failureFields),
    example: failureExample,
    presentation: { title: 'Webhook is failing', kind: 'removal', subject: 'host', fields: shownFailure },
  },
  'endpoint.paused': {
    description: 'A webhook is paused, because it fails again and again: it gets single probes only.',
    schema: z.looseObject(failureFields),
    example: failureExample,
    presentation: { title: 'Webhook is paused', kind: 'removal', subject: 'host', fields: shownFailure },
  },
  'endpoint.disabled': {
    description: 'The platform disabled a webhook. It gets no new deliveries until it is enabled.',
    schema: z.looseObject({ ...webhookFields, disabledAt: isoTimestamp, reason: text }),
    example: { ...webhookExample, disabledAt: '2026-01-06T12:00:00.000Z', reason: 'failing_too_long' },
    presentation: {
      title: 'Webhook was disabled',
      kind: 'removal',
      subject: 'host',
      fields: [
        ...shownWebhook,
        { key: 'reason', label: 'Reason', style: 'name' },
        { key: 'disabledAt', label: 'Disabled', style: 'time' },
      ],
    },
  },
  'endpoint.recovered': {
    description: 'A webhook that was failing, paused or disabled works again.',
    schema: z.looseObject({
      ...webhookFields,
      previousState: z.enum(['failing', 'paused', 'disabled']),
      unhealthySince: isoTimestamp,
      recoveredAt: isoTimestamp,
    }),
    example: {
      ...webhookExample,
      previousState: 'paused',
      unhealthySince: '2026-01-01T12:00:00.000Z',
      recoveredAt: '2026-01-01T14:30:00.000Z',
    },
    presentation: {
      title: 'Webhook recovered',
      kind: 'sign-in',
      subject: 'host',
      fields: [
        ...shownWebhook,
        { key: 'previousState', label: 'Was', style: 'name' },
        { key: 'unhealthySince', label: 'Since', style: 'time' },
        { key: 'recoveredAt', label: 'Recovered', style: 'time' },
      ],
    },
  },
  'delivery.exhausted': {
    description: 'Deliveries of a webhook failed for good. One event counts those of five minutes.',
    schema: z.looseObject({
      ...webhookFields,
      count: z.int().positive(),
      isLowerBound: z.boolean(),
      from: isoTimestamp,
      to: isoTimestamp,
    }),
    example: {
      ...webhookExample,
      count: 17,
      isLowerBound: false,
      from: '2026-01-04T15:00:00.000Z',
      to: '2026-01-04T15:05:00.000Z',
    },
    presentation: {
      title: 'Deliveries failed for good',
      kind: 'removal',
      subject: 'host',
      fields: [
        { key: 'count', label: 'Deliveries', style: 'name' },
        ...shownWebhook,
        { key: 'from', label: 'From', style: 'time' },
        { key: 'to', label: 'To', style: 'time' },
      ],
    },
  },
  'secret.expiring': {
    description: 'A secret from before a rotation, or a client certificate, of a webhook ends soon.',
    schema: z.looseObject({
      ...webhookFields,
      kind: z.enum(['previous_secret', 'client_certificate']),
      expiresAt: isoTimestamp,
    }),
    example: { ...webhookExample, kind: 'client_certificate', expiresAt: '2026-01-15T12:00:00.000Z' },
    presentation: {
      title: 'Secret expires soon',
      kind: 'neutral',
      subject: 'host',
      fields: [
        { key: 'kind', label: 'Kind', style: 'name' },
        { key: 'expiresAt', label: 'Expires', style: 'time' },
        ...shownWebhook,
      ],
    },
  },
}) as Catalog<OperationalEvents>;
