import type {
  AccountView,
  AnyEventType,
  AppView,
  AuditAction,
  AuditEntryView,
  CancelResult,
  CreatedKey,
  CreatedWebhook,
  DeliveryDetail,
  DeliveryStatus,
  DeliveryView,
  EventExplanation,
  EventType,
  EventTypeView,
  EventView,
  Format,
  KeyView,
  Preview,
  SigningProfile,
  ReplayStarted,
  ReplayView,
  RotatedWebhook,
  Scope,
  Signing,
  SystemAudit,
  SystemStats,
  TestResult,
  WebhookView,
} from '@tocsin/shared';
import type { ListQuery, Mutation, Query } from './calls.ts';

/*
 * What the server can be asked. Written out, and held against the server's router by test/types/api.test-d.ts: were it
 * inferred from the router, the published types would contain the server's services and need @trpc/server, whose own
 * declarations do not compile under `skipLibCheck: false` without `esnext.disposable`, and cost seconds of every build.
 */

interface ById {
  readonly id: string;
}

/** Which page of a list. */
export interface PageInput {
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /**
   * 1 to 200.
   * @default 50
   */
  readonly limit?: number | undefined;
}

/** A new webhook. */
export interface NewWebhook {
  readonly appId: string;
  readonly url: string;
  readonly events: EventType[];
  /** @default true */
  readonly enabled?: boolean | undefined;
  /** @default 'standard' */
  readonly profile?: SigningProfile | undefined;
  /** @default 'auto' */
  readonly format?: Format | undefined;
  /** Extra request headers. */
  readonly headers?: Record<string, string> | undefined;
  readonly description?: string | undefined;
  /** Requests per second at most; null for no limit. */
  readonly rateLimit?: number | null | undefined;
  /**
   * With a secret that both sides hold, or a key pair of which receivers get the public half. Only `standard` knows both.
   * @default 'hmac'
   */
  readonly signing?: Signing | undefined;
}

/** Changes to a webhook: only what is given changes. */
export interface WebhookChange extends Partial<Omit<NewWebhook, 'appId'>>, ById {
  /**
   * What becomes of deliveries that waited while it was disabled; only together with `enabled: true`. With `since`, those
   * of events accepted before that time are cancelled and the others sent.
   * @default 'send'
   */
  readonly backlog?: 'send' | 'cancel' | { since: string } | undefined;
}

/** Which deliveries. */
export interface DeliveryFilter extends PageInput {
  readonly appId?: string | undefined;
  readonly webhookId?: string | undefined;
  readonly eventId?: string | undefined;
  readonly status?: DeliveryStatus | undefined;
}

/** Which events. */
export interface EventFilter extends PageInput {
  readonly appId?: string | undefined;
  readonly event?: EventType | undefined;
  /** Accepted at or after; ISO 8601. */
  readonly since?: string | undefined;
  /** Accepted before; ISO 8601. */
  readonly until?: string | undefined;
}

/** Which finished deliveries are sent again. */
export interface NewReplay {
  readonly webhookId: string;
  /** Events accepted at or after; ISO 8601. */
  readonly since: string;
  /** Events accepted before; the moment of the call unless given. */
  readonly until?: string | undefined;
  /** @default 'failed' */
  readonly status?: Exclude<DeliveryStatus, 'pending'> | undefined;
  readonly events?: AnyEventType[] | undefined;
  /** @default false */
  readonly dryRun?: boolean | undefined;
}

/** Which pending deliveries of a webhook are cancelled: those that fit all that is given. */
export interface NewCancellation {
  readonly webhookId: string;
  /** At most 1,000. */
  readonly ids?: string[] | undefined;
  /** Events accepted at or after; ISO 8601. */
  readonly since?: string | undefined;
  /** Events accepted before; the moment of the call unless given. */
  readonly until?: string | undefined;
  readonly events?: AnyEventType[] | undefined;
  /** @default false */
  readonly dryRun?: boolean | undefined;
}

/** Accounts: who owns apps and keys. For operators. */
export interface AccountsApi {
  readonly create: Mutation<{ readonly name: string }, AccountView>;
  readonly list: ListQuery<PageInput | undefined, AccountView>;
}

/** API keys. */
export interface KeysApi {
  /** The only answer that shows the key. */
  readonly create: Mutation<
    {
      readonly name: string;
      readonly scopes: Exclude<Scope, 'operator'>[];
      readonly accountId?: string | undefined;
      readonly expiresAt?: string | undefined;
    },
    CreatedKey
  >;
  readonly list: ListQuery<PageInput | undefined, KeyView>;
  readonly revoke: Mutation<ById, { id: string; revoked: true }>;
}

/** Apps: what webhooks and events belong to. */
export interface AppsApi {
  readonly create: Mutation<
    { readonly name: string; readonly id?: string | undefined; readonly accountId?: string | undefined },
    AppView
  >;
  readonly list: ListQuery<PageInput | undefined, AppView>;
  readonly get: Query<ById, AppView>;
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
}

/** Webhooks: where events are delivered. */
export interface WebhooksApi {
  /** The only answer, beside that of a rotation, that shows the secret. */
  readonly create: Mutation<NewWebhook, CreatedWebhook>;
  readonly list: ListQuery<{ readonly appId: string }, WebhookView>;
  readonly get: Query<ById, WebhookView>;
  readonly update: Mutation<WebhookChange, WebhookView>;
  readonly delete: Mutation<ById, { id: string; deleted: true }>;
  /** Makes a new secret, and keeps the old one in force for `overlapHours`, 24 unless given. Zero ends it at once. */
  readonly rotateSecret: Mutation<ById & { readonly overlapHours?: number | undefined }, RotatedWebhook>;
  /** The body that an event's example would have at a destination. */
  readonly preview: Query<
    {
      readonly format: Exclude<Format, 'auto'>;
      readonly event: AnyEventType;
      readonly profile?: SigningProfile | undefined;
    },
    Preview
  >;
  /** Sends a test ping now, once, and says what came of it. */
  readonly test: Mutation<ById, TestResult>;
}

/** Events, looked at. To publish, use `publish` of the client itself. */
export interface EventsApi {
  /** The catalog, with a JSON Schema and an example of each event. */
  readonly types: Query<undefined, EventTypeView[]>;
  readonly get: Query<ById, EventView>;
  /** What became of an event: one verdict for each webhook of its app. */
  readonly explain: Query<ById, EventExplanation>;
  readonly list: ListQuery<EventFilter | undefined, EventView>;
}

/** Deliveries: an event on its way to one webhook. */
export interface DeliveriesApi {
  readonly list: ListQuery<DeliveryFilter | undefined, DeliveryView>;
  /** With its attempts. */
  readonly get: Query<ById, DeliveryDetail>;
  /** Sends finished deliveries of a webhook again, in the background; `dryRun` only counts. */
  readonly replay: Mutation<NewReplay, ReplayStarted>;
  readonly replays: ListQuery<
    (PageInput & { readonly webhookId?: string | undefined }) | undefined,
    ReplayView
  >;
  readonly cancelReplay: Mutation<ById, ReplayView>;
  /** Cancels deliveries that wait; those under way are left alone. `dryRun` only counts. */
  readonly cancel: Mutation<NewCancellation, CancelResult>;
  /** Makes it due now. */
  readonly retry: Mutation<ById, DeliveryDetail>;
}

/** What is on record. */
export interface AuditFilter extends PageInput {
  readonly appId?: string | undefined;
  readonly action?: AuditAction | undefined;
}

/** Who did what, when. */
export interface AuditLogApi {
  readonly list: ListQuery<AuditFilter | undefined, AuditEntryView>;
}

/** Is it working? */
export interface SystemApi {
  readonly stats: Query<
    { readonly appId?: string | undefined; readonly hours?: 1 | 24 | 168 | undefined } | undefined,
    SystemStats
  >;
  /** Is anything lost: the conservation check over the events of a window, ISO 8601 times. For the operator. */
  readonly audit: Query<
    | {
        readonly from?: string | undefined;
        readonly to?: string | undefined;
        readonly after?: string | undefined;
      }
    | undefined,
    SystemAudit
  >;
}

/** Everything that the server can be asked, beside publishing. */
export interface Api {
  readonly accounts: AccountsApi;
  readonly keys: KeysApi;
  readonly apps: AppsApi;
  readonly webhooks: WebhooksApi;
  readonly events: EventsApi;
  readonly deliveries: DeliveriesApi;
  readonly auditLog: AuditLogApi;
  readonly system: SystemApi;
}
