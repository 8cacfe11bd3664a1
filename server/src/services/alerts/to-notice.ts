import type { OperationalEvents } from '@tocsin/shared';
import type { EndpointWatch } from '../../domain/endpoint-watch.ts';
import type {
  ExpiringSecret,
  FailedCount,
  OperationalNotice,
} from '../../domain/ports/endpoint-watch-store.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toIso } from '../common/iso-time.ts';

export interface NoticesDeps {
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  /** The app that gets operational events. */
  readonly operationalApp: string;
}

/** Returns undefined for a webhook of the operator's own app. */
export type ToNotice = (watch: EndpointWatch, webhook: Webhook) => OperationalNotice | undefined;

/** Makes operational events. None is about a webhook of the app that gets them, because it would cause more of them. */
export function createNotices(deps: NoticesDeps) {
  const toNotice = createToNotice(deps);
  return {
    ofState: (watch: EndpointWatch, webhook: Webhook) => toStateNotice(toNotice, watch, webhook),

    ofFailed(
      { count }: FailedCount,
      webhook: Webhook,
      {
        from,
        to,
        isLowerBound,
      }: { readonly from: number; readonly to: number; readonly isLowerBound: boolean },
    ): OperationalNotice | undefined {
      const data = { count, isLowerBound, from: toIso(from), to: toIso(to) };
      return toNotice(webhook, 'delivery.exhausted', { id: `exhausted:${from}`, at: to }, data);
    },

    ofExpiring(
      { kind, expiresAt }: ExpiringSecret,
      webhook: Webhook,
      now: number,
    ): OperationalNotice | undefined {
      const data = { kind, expiresAt: toIso(expiresAt) };
      return toNotice(webhook, 'secret.expiring', { id: `${kind}:${expiresAt}`, at: now }, data);
    },
  };
}

type MakeNotice = ReturnType<typeof createToNotice>;

function createToNotice({ secretBox, operationalApp }: NoticesDeps) {
  function toWebhookData(webhook: Webhook) {
    const { id, appId, accountId, description } = webhook;
    return { webhookId: id, webhookAppId: appId, accountId, host: findHost(secretBox, webhook), description };
  }

  return <K extends keyof OperationalEvents>(
    webhook: Webhook,
    type: K,
    { id, at }: Pick<OperationalNotice, 'id' | 'at'>,
    data: Omit<OperationalEvents[K]['input'], keyof ReturnType<typeof toWebhookData>>,
  ): OperationalNotice | undefined => {
    if (webhook.appId === operationalApp) return undefined;
    const { accountId } = webhook;
    return { id: `${webhook.id}:${id}`, accountId, type, data: { ...toWebhookData(webhook), ...data }, at };
  };
}

function toStateNotice(
  toNotice: MakeNotice,
  watch: EndpointWatch,
  webhook: Webhook,
): OperationalNotice | undefined {
  const { state, since, reason, reported, unhealthySince } = watch;
  const key = { id: `${state}:${since}`, at: since };
  switch (state) {
    case 'failing':
    case 'paused':
      return toNotice(webhook, `endpoint.${state}`, key, {
        failingSince: toIso(unhealthySince),
        failuresInARow: watch.failuresInARow,
        reason,
      });
    case 'disabled':
      return toNotice(webhook, 'endpoint.disabled', key, {
        disabledAt: toIso(since),
        reason: reason ?? 'failing_too_long',
      });
    case 'healthy':
      return toNotice(webhook, 'endpoint.recovered', key, {
        previousState: reported === 'healthy' ? 'failing' : reported,
        unhealthySince: toIso(unhealthySince),
        recoveredAt: toIso(since),
      });
  }
}

export type Notices = ReturnType<typeof createNotices>;

/** The host of a webhook's URL. The rest of a URL can be a credential. `unknown` if it does not decrypt. */
export function findHost(
  secretBox: Pick<SecretBox, 'decrypt'>,
  webhook: Pick<Webhook, 'id' | 'url'>,
): string {
  try {
    return new URL(openUrl(secretBox, webhook)).host;
  } catch {
    return 'unknown';
  }
}
