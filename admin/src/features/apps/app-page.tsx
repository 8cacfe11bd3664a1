import { useQuery } from '@tanstack/react-query';
import { Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { useCan } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';
import { AppWebhooksCard } from './app-webhooks-card.tsx';
import { DeleteAppDialog } from './delete-app-dialog.tsx';

const breadcrumbs = [{ href: '/apps', label: 'Apps' }];

export function AppPage({ id }: { readonly id: string }) {
  const can = useCan();
  const app = useQuery(trpc.apps.get.queryOptions({ id }));
  const [isDeleting, setDeleting] = useState(false);
  if (app.data === undefined && app.error !== null) {
    return (
      <Page title={id} breadcrumbs={breadcrumbs}>
        <Card flush>
          <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
        </Card>
      </Page>
    );
  }
  const newWebhook = can('webhooks:write') && (
    <ButtonLink
      variant="primary"
      href={toHref('/webhooks/new', { app: id })}
      icon={<Plus aria-hidden className="size-4" />}
    >
      New webhook
    </ButtonLink>
  );
  const deleteApp = can('apps:write') && app.data !== undefined && (
    <div>
      <Button
        variant="ghost"
        size="small"
        icon={<Trash2 aria-hidden className="size-4" />}
        onClick={() => setDeleting(true)}
      >
        Delete app
      </Button>
    </div>
  );
  return (
    <Page
      title={app.data?.name ?? id}
      heading={<bdi>{app.data?.name ?? id}</bdi>}
      breadcrumbs={breadcrumbs}
      subtitle={<CopyableId id={id} />}
      actions={
        <>
          {can('events:publish') && (
            <ButtonLink
              href={toHref('/events/publish', { app: id })}
              icon={<Send aria-hidden className="size-4" />}
            >
              Publish
            </ButtonLink>
          )}
          {newWebhook}
        </>
      }
    >
      <AppWebhooksCard appId={id} emptyAction={newWebhook} after={deleteApp} />
      <DeleteAppDialog id={id} open={isDeleting} onClose={() => setDeleting(false)} />
    </Page>
  );
}
