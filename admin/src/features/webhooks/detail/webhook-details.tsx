import type { DeliveryView, WebhookBacklog, WebhookView } from '@tocsin/shared';
import type { TableQuery } from '../../../components/ui/data-table.tsx';
import { useCan } from '../../../lib/session.ts';
import { ActivityCard } from '../activity/activity-card.tsx';
import type { DialogName } from '../dialogs/webhook-dialogs.tsx';
import { BacklogStats } from './backlog-stats.tsx';
import { DangerActions } from './danger-actions.tsx';
import { HealthCard } from './health-card.tsx';
import { LatestDeliveriesCard } from './latest-deliveries-card.tsx';
import { ReplayJobs } from './replay-jobs.tsx';
import { SettingsCard } from './settings-card.tsx';

/** What a webhook did, still has to do, and how it is set up. */
export function WebhookDetails({
  webhook,
  backlog,
  deliveries,
  query,
  onOpen,
}: {
  readonly webhook: WebhookView;
  readonly backlog: WebhookBacklog | undefined;
  readonly deliveries: readonly DeliveryView[] | undefined;
  readonly query: TableQuery;
  readonly onOpen: (dialog: DialogName) => void;
}) {
  const { id } = webhook;
  const can = useCan();
  const canRead = can('deliveries:read');
  return (
    <>
      {canRead && (
        <>
          <BacklogStats webhook={webhook} backlog={backlog} />
          <HealthCard deliveries={deliveries} error={query.error} />
          <ActivityCard webhookId={id} />
        </>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        {canRead && (
          <LatestDeliveriesCard
            webhookId={id}
            deliveries={deliveries}
            query={query}
            waiting={backlog?.waiting}
            onOpen={onOpen}
          />
        )}
        <div className="flex min-w-0 flex-col gap-5">
          <SettingsCard webhook={webhook} />
          {can('webhooks:write') && <DangerActions onOpen={onOpen} />}
          {canRead && <ReplayJobs webhookId={id} />}
        </div>
      </div>
    </>
  );
}
