import type { AccessControl } from '../services/access-control.ts';
import type { AccountService } from '../services/accounts.ts';
import type { ApiKeyService } from '../services/api-keys.ts';
import type { AppService } from '../services/apps.ts';
import type { AuditService } from '../services/audit.ts';
import type { Cancellation } from '../services/cancel-deliveries.ts';
import type { createSystemAudit } from '../services/conservation.ts';
import type { DeliveryService } from '../services/deliveries.ts';
import type { EventService } from '../services/events.ts';
import type { Explain } from '../services/explain.ts';
import type { PreviewWebhook } from '../services/preview.ts';
import type { Publish } from '../services/publish.ts';
import type { RateLimiter } from '../services/rate-limiter.ts';
import type { ReplayService } from '../services/replays.ts';
import type { Stats } from '../services/stats.ts';
import type { Subscribe } from '../services/subscribe.ts';
import type { TestWebhook } from '../services/test-webhook.ts';
import type { WebhookService } from '../services/webhooks.ts';

/** What a transport may call. Both offer the same services; what both need is in them and not here. */
export interface Services {
  readonly access: AccessControl;
  readonly accounts: AccountService;
  readonly keys: ApiKeyService;
  readonly apps: AppService;
  readonly webhooks: WebhookService;
  readonly testWebhook: TestWebhook;
  readonly events: EventService;
  readonly publish: Publish;
  readonly explain: Explain;
  readonly preview: PreviewWebhook;
  readonly subscribe: Subscribe;
  readonly stats: Stats;
  readonly checkConservation: ReturnType<typeof createSystemAudit>;
  readonly replays: ReplayService;
  readonly cancellation: Cancellation;
  readonly deliveries: DeliveryService;
  readonly audit: AuditService;
  readonly limits: { readonly management: RateLimiter; readonly publish: RateLimiter };
}
