import type { AlertHistoryFilter, AlertMessageView, AlertSettings, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { AlertMessage } from '../../domain/alert.ts';
import type { AlertStore } from '../../domain/ports/alert-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import type { AlertOwners } from './alert-owner.ts';

export interface AlertHistoryDeps {
  readonly alerts: Pick<AlertStore, 'listMessages'>;
  readonly owners: AlertOwners;
  readonly settings: AlertSettings;
}

/** What was sent to whom, with the result, and what the settings of the server allow. */
export function createAlertHistory({ alerts, owners, settings }: AlertHistoryDeps) {
  return {
    async history(
      actor: Actor,
      filter: AlertHistoryFilter,
      page: PageRequest,
    ): Promise<Page<AlertMessageView>> {
      const owner = await owners.resolve(actor, filter.accountId, 'webhooks:read');
      const own = { ...filter, accountId: owner ?? undefined };
      return mapPage(await alerts.listMessages(own, page), toMessageView);
    },

    async settings(actor: Actor): Promise<AlertSettings> {
      const owner = await owners.resolve(actor, undefined, 'webhooks:read');
      return owner === null ? settings : { ...settings, operationalApp: null };
    },
  };
}

export type AlertHistoryService = ReturnType<typeof createAlertHistory>;

function toMessageView({ at, nextAt, sentAt, targets, ...same }: AlertMessage): AlertMessageView {
  return {
    ...same,
    targets: [...targets],
    at: toIso(at),
    nextAt: toIsoOrNull(nextAt),
    sentAt: toIsoOrNull(sentAt),
  };
}
