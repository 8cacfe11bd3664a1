import type { AccessControl } from '../services/authorization/access-control.ts';
import type { AccountService } from '../services/accounts/accounts.ts';
import type { ApiKeyService } from '../services/accounts/api-keys.ts';
import type { AppService } from '../services/accounts/apps.ts';
import type { SessionService } from '../services/accounts/sessions.ts';
import type { AuditService } from '../services/audit/audit-log.ts';
import type { Cancellation } from '../services/deliveries/cancel-deliveries.ts';
import type { createSystemAudit } from '../services/system/reconciliation.ts';
import type { DeliveryService } from '../services/deliveries/deliveries.ts';
import type { DocumentedTypes } from '../services/event-types/documented-types.ts';
import type { EventTypeService } from '../services/event-types/event-type-service.ts';
import type { EventService } from '../services/events/events.ts';
import type { FeedService } from '../services/feed/feed-service.ts';
import type { Explain } from '../services/events/explain.ts';
import type { PreviewWebhook } from '../services/webhooks/preview-webhook.ts';
import type { AccountUsageService } from '../services/limits/account-usage.ts';
import type { ChangeLimiter } from '../services/limits/change-limiter.ts';
import type { Publish } from '../services/events/publish.ts';
import type { RateLimiter } from '../services/authorization/rate-limiter.ts';
import type { SignInLimiter } from '../services/authorization/sign-in-limiter.ts';
import type { ReplayService } from '../services/deliveries/replays.ts';
import type { Find } from '../services/search/find.ts';
import type { Timeline } from '../services/search/timeline.ts';
import type { Stats } from '../services/system/stats.ts';
import type { LiveSubscriptions } from '../services/events/subscribe.ts';
import type { TestWebhook } from '../services/webhooks/test-webhook.ts';
import type { WebhookService } from '../services/webhooks/webhooks.ts';

/** The use cases that transports call. REST and tRPC share them, so business rules belong in services. */
export interface Services {
  readonly access: AccessControl;
  readonly accounts: AccountService;
  readonly keys: ApiKeyService;
  readonly sessions: SessionService;
  readonly apps: AppService;
  readonly webhooks: WebhookService;
  readonly testWebhook: TestWebhook;
  readonly events: EventService;
  readonly documentedTypes: Pick<DocumentedTypes, 'builtIn' | 'list'>;
  readonly eventTypes: EventTypeService;
  readonly publish: Publish;
  readonly explain: Explain;
  readonly preview: PreviewWebhook;
  readonly feed: FeedService;
  readonly subscriptions: LiveSubscriptions;
  readonly stats: Stats;
  readonly reconcile: ReturnType<typeof createSystemAudit>;
  readonly replays: ReplayService;
  readonly cancellation: Cancellation;
  readonly deliveries: DeliveryService;
  readonly audit: AuditService;
  readonly search: { readonly find: Find; readonly timeline: Timeline };
  readonly accountUsage: AccountUsageService;
  readonly limits: {
    readonly management: RateLimiter;
    readonly publish: RateLimiter;
    readonly changes: ChangeLimiter;
  };
  readonly signIns: SignInLimiter;
  /** Runs work that only reads. The database stops its reads at the deadline, because then no caller waits. */
  readonly readWithin: <T>(deadline: number | undefined, work: () => Promise<T>) => Promise<T>;
}
