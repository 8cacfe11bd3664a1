import type {
  EndpointWatchStore,
  ExpiringSecret,
  MonitorCursor,
  OperationalNotice,
} from '../../domain/ports/endpoint-watch-store.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { Notices } from './to-notice.ts';

export interface OtherNoticesDeps {
  readonly watches: Pick<EndpointWatchStore, 'countFailed' | 'findExpiring'>;
  readonly webhooks: Pick<WebhookStore, 'getMany'>;
  readonly notices: Notices;
}

/** The time that one event about exhausted deliveries counts. */
export const failedWindowMs = 5 * 60_000;
/** Results are stored by then. */
const settleMs = 60_000;
/** Deliveries counted at once. While a window has more, a shorter one is counted. */
const maxCounted = 50_000;
/** Counts of shorter windows are lower bounds. */
const minWindowMs = 1_000;
/** Events about one account and window: about the webhooks with the most failures. */
const maxOfAccount = 300;
/** After a long pause, older windows are left out. */
const maxBehindMs = 24 * 60 * 60_000;

/** How long before its end an event about a secret comes. */
const secretLeadMs = 6 * 60 * 60_000;
const certificateLeadMs = 14 * 24 * 60 * 60_000;
const maxExpiring = 500;

type Found = { readonly notices: readonly OperationalNotice[] } & Pick<
  MonitorCursor,
  'failedUntil' | 'secretsUntil' | 'certificatesUntil'
>;

/** Finds what operational events tell beside the state of endpoints: exhausted deliveries, and secrets that end. */
export function createFindOtherNotices({ watches, webhooks, notices }: OtherNoticesDeps) {
  async function join<T extends { readonly webhookId: string }>(
    items: readonly T[],
    toNotice: (item: T, webhook: Webhook) => OperationalNotice | undefined,
  ): Promise<OperationalNotice[]> {
    if (items.length === 0) return [];
    const found = await webhooks.getMany([...new Set(items.map(({ webhookId }) => webhookId))]);
    const byId = new Map(found.map((webhook) => [webhook.id, webhook]));
    return items.flatMap((item) => {
      const webhook = byId.get(item.webhookId);
      return webhook === undefined ? [] : (toNotice(item, webhook) ?? []);
    });
  }

  /**
   * One window in each step, so that the work of a step is bounded also after a pause of the monitor. A shorter one if
   * so much failed that the deliveries of one account would leave no room for those of others.
   */
  async function findFailed({ failedUntil }: MonitorCursor, now: number) {
    const from = Math.max(failedUntil, Math.floor((now - maxBehindMs) / failedWindowMs) * failedWindowMs);
    let to = (Math.floor(from / failedWindowMs) + 1) * failedWindowMs;
    if (to > now - settleMs) return { notices: [], failedUntil };
    let found = await watches.countFailed(from, to, maxCounted);
    while (found.isCapped && to - from >= 2 * minWindowMs) {
      to = from + Math.floor((to - from) / 2);
      found = await watches.countFailed(from, to, maxCounted);
    }
    const window = { from, to, isLowerBound: found.isCapped };
    const worst = found.counts.toSorted((a, b) => b.count - a.count);
    const told = new Map<string, number>();
    const made = await join(worst, (count, webhook) => {
      const { accountId } = webhook;
      const ofAccount = told.get(accountId) ?? 0;
      const notice = ofAccount < maxOfAccount ? notices.ofFailed(count, webhook, window) : undefined;
      if (notice !== undefined) told.set(accountId, ofAccount + 1);
      return notice;
    });
    return { notices: made, failedUntil: to };
  }

  async function findExpiring(kind: ExpiringSecret['kind'], known: number, now: number, leadMs: number) {
    const to = now + leadMs;
    const found = await watches.findExpiring(kind, Math.max(known, now), to, maxExpiring);
    const last = found.length < maxExpiring ? undefined : found.at(-1);
    return {
      notices: await join(found, (secret, webhook) => notices.ofExpiring(secret, webhook, now)),
      until: last === undefined ? to : Math.max(last.expiresAt, known + 1),
    };
  }

  return async function findOtherNotices(cursor: MonitorCursor, now: number): Promise<Found> {
    const failed = await findFailed(cursor, now);
    const secrets = await findExpiring('previous_secret', cursor.secretsUntil, now, secretLeadMs);
    const certificates = await findExpiring(
      'client_certificate',
      cursor.certificatesUntil,
      now,
      certificateLeadMs,
    );
    return {
      notices: [...failed.notices, ...secrets.notices, ...certificates.notices],
      failedUntil: failed.failedUntil,
      secretsUntil: secrets.until,
      certificatesUntil: certificates.until,
    };
  };
}
