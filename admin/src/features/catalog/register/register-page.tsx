import { Card } from '../../../components/ui/card.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { EmptyNotice } from '../../../components/ui/notice.tsx';
import { Page } from '../../../components/ui/page.tsx';
import { useCanRegister, useEventType } from '../../../lib/catalog.ts';
import { toHref, useUrlState } from '../../../lib/url-state.ts';
import { toTypeHref } from '../type-href.ts';
import { RegisterForm } from './register-form.tsx';
import { emptyRegistration, toRegistrationDraft } from './registration-draft.ts';

/** Registers an event type. `from` in the address names one to change. */
export function RegisterPage() {
  const canRegister = useCanRegister();
  const [{ from, account }] = useUrlState(['from', 'account']);
  const before = useEventType(from, account);
  return (
    <Page
      title={from === undefined ? 'Register event type' : 'Change event type'}
      subtitle="A JSON Schema describes the data of the event. The server validates every event of the type with it."
      breadcrumbs={[
        { href: toHref('/catalog', { account }), label: 'Event catalog' },
        ...(from === undefined ? [] : [{ href: toTypeHref(from, account), label: from }]),
      ]}
    >
      {!canRegister ? (
        <Card flush>
          <EmptyNotice title="Permission required">
            Registering event types needs the scope catalog:write, and a key that is not bound to one app.
          </EmptyNotice>
        </Card>
      ) : from === undefined ? (
        <RegisterForm initial={{ ...emptyRegistration, accountId: account ?? '' }} />
      ) : before.data === undefined ? (
        <Card flush>
          <LoadFallback error={before.error} onRetry={before.refetch} className="m-4 h-96" />
        </Card>
      ) : (
        <RegisterForm initial={toRegistrationDraft(before.data)} newest={before.data.version} />
      )}
    </Page>
  );
}
