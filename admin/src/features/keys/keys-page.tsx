import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SecretDialog } from '../../components/ui/secret-dialog.tsx';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { KeysTable } from './keys-table.tsx';
import { UsageCard } from './usage-card.tsx';

export function KeysPage() {
  const [isCreating, setCreating] = useState(false);
  const [createdKey, setCreatedKey] = useState<string>();
  const create = (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setCreating(true)}
    >
      New key
    </Button>
  );
  return (
    <Page
      title="API keys"
      subtitle="Services, scripts and users authenticate with API keys. Each key belongs to one account."
      actions={create}
    >
      <KeysTable emptyAction={create} after={<UsageCard />} />
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} onCreated={setCreatedKey} />}
      <SecretDialog title="New API key" secret={createdKey} onClose={() => setCreatedKey(undefined)}>
        Copy the key now. It is shown only once, and only its hash is stored.
      </SecretDialog>
    </Page>
  );
}
