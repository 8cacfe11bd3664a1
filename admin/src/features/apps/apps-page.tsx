import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Page } from '../../components/ui/page.tsx';
import { useCan } from '../../lib/session.ts';
import { AppDeletionsCard } from './app-deletions-card.tsx';
import { AppsTable } from './apps-table.tsx';
import { CreateAppDialog } from './create-app-dialog.tsx';

export function AppsPage() {
  const can = useCan();
  const [isCreating, setCreating] = useState(false);
  const create = can('apps:write') && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setCreating(true)}
    >
      New app
    </Button>
  );
  return (
    <Page
      title="Apps & webhooks"
      subtitle="An app is a product that publishes events and has its own webhooks."
      actions={create}
    >
      <AppsTable emptyAction={create} />
      <AppDeletionsCard />
      {isCreating && <CreateAppDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}
