import { Link } from 'wouter';
import { EventTypeCombobox } from '../../../components/event-type-combobox.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { Page } from '../../../components/ui/page.tsx';
import { useApp } from '../../../lib/apps.ts';
import { toPlainText, useEventType, useEventTypes } from '../../../lib/catalog.ts';
import { useUrlState } from '../../../lib/url-state.ts';
import { PublishForm } from './publish-form.tsx';
import { RecipientsCard } from './recipients-card.tsx';

const breadcrumbs = [{ href: '/events', label: 'Events' }];

export function PublishPage() {
  const [{ app, type }, set] = useUrlState(['app', 'type']);
  // Types belong to the account of the app. Only the operator's apps are of several accounts.
  const accountId = useApp(app)?.accountId;
  const first = useEventTypes({ accountId, limit: 10 });
  const name = type ?? first.items?.find(({ subscribable }) => subscribable)?.type;
  const selected = useEventType(name, accountId);
  const error = selected.error ?? first.error;
  return (
    <Page
      title="Publish test event"
      breadcrumbs={breadcrumbs}
      subtitle="This publishes a real event to every subscribed webhook."
    >
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card>
          <div className="flex flex-col gap-5">
            <Field
              label="Event"
              hint={
                selected.data && (
                  <TypeHint type={selected.data.type} description={selected.data.description} />
                )
              }
            >
              {(ids) => (
                <EventTypeCombobox
                  ids={ids}
                  value={name ?? ''}
                  accountId={accountId}
                  onSelect={(next) => set({ type: next }, { replace: true })}
                />
              )}
            </Field>
            {selected.data !== undefined ? (
              <PublishForm key={selected.data.type} type={selected.data} />
            ) : error !== null && name !== undefined ? (
              <InlineError error={error} />
            ) : (
              <LoadFallback error={error} onRetry={first.refetch} className="h-80" />
            )}
          </div>
        </Card>
        {/* Where it begins on a phone is known once the form has its height. */}
        {name !== undefined && selected.data !== undefined && (
          <RecipientsCard appId={app ?? ''} type={name} />
        )}
      </div>
    </Page>
  );
}

function TypeHint({ type, description }: { readonly type: string; readonly description: string }) {
  return (
    <>
      {toPlainText(description)}{' '}
      <Link
        href={`/catalog/types/${encodeURIComponent(type)}`}
        className="text-accent underline underline-offset-2"
      >
        View fields
      </Link>
    </>
  );
}
