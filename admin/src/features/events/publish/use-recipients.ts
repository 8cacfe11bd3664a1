import { useQuery } from '@tanstack/react-query';
import { matchesEventType, type WebhookView } from '@tocsin/shared';
import { useCan } from '../../../lib/session.ts';
import { trpc } from '../../../lib/trpc.ts';

export interface Recipients {
  /** Webhooks that are subscribed to the type. Undefined while they load, and for a key that may not see them. */
  readonly subscribed: readonly WebhookView[] | undefined;
  /** Those that get the event: the disabled ones do not. */
  readonly enabled: readonly WebhookView[];
  /** Webhooks of the app. */
  readonly total: number;
  /** Whether the key may see webhooks. */
  readonly isKnown: boolean;
  readonly error: unknown;
}

/** The webhooks of an app that would get an event of a type. */
export function useRecipients(appId: string, type: string): Recipients {
  const can = useCan();
  const isKnown = can('webhooks:read');
  const webhooks = useQuery(trpc.webhooks.list.queryOptions({ appId }, { enabled: appId !== '' && isKnown }));
  const all = webhooks.data?.items;
  const subscribed = all?.filter(({ events }) => events.some((entry) => matchesEventType(entry, type)));
  return {
    subscribed,
    enabled: subscribed?.filter((webhook) => webhook.enabled) ?? [],
    total: all?.length ?? 0,
    isKnown,
    error: webhooks.error,
  };
}
