import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { ErrorList } from '../../../components/ui/error-list.tsx';
import { OwnerField } from './owner-field.tsx';
import { DescriptionField, JsonTextField, NameField, VersionField } from './register-fields.tsx';
import type { RegistrationDraft } from './registration-draft.ts';
import { useRegistration } from './use-registration.ts';

/** Registers an event type, or changes one. */
export function RegisterForm({
  initial,
  newest,
}: {
  readonly initial: RegistrationDraft;
  /** The newest version of the type to change. Undefined: it is a new type. */
  readonly newest?: number;
}) {
  const { form, draft, update, isPending, formErrors, toField, submit } = useRegistration(initial);
  return (
    <form ref={form} noValidate className="flex flex-col gap-5" onSubmit={submit}>
      <Card title="Event type">
        <div className="flex max-w-2xl flex-col gap-4">
          {newest === undefined && (
            <OwnerField value={draft.accountId} onChange={(accountId) => update({ accountId })} />
          )}
          <NameField {...toField('type')} isFixed={newest !== undefined} />
          <DescriptionField {...toField('description')} />
          {newest !== undefined && <VersionField {...toField('version')} newest={newest} />}
        </div>
      </Card>
      <Card title="Data">
        <div className="grid gap-5 lg:grid-cols-2">
          <JsonTextField
            {...toField('schema')}
            label="JSON Schema"
            hint="Draft 2020-12, at most 64 KiB, with type: object"
          />
          <JsonTextField
            {...toField('example')}
            label="Example"
            hint="A realistic example that matches the schema"
          />
        </div>
      </Card>
      <Card
        title="Chat message"
        hint="Optional. Empty: a generic message with the first fields of the schema."
      >
        <JsonTextField
          {...toField('presentation')}
          label="Chat message as JSON"
          rows={6}
          hint='Such as {"title": "Invoice paid", "kind": "creation", "fields": [{"key": "amount", "label": "Amount", "style": "name"}]}'
        />
      </Card>
      <div className="flex flex-wrap items-center justify-end gap-x-4 gap-y-2">
        <div className="mr-auto min-w-0">
          {formErrors.length > 0 && (
            <div role="alert" className="text-[0.9rem] text-bad">
              <ErrorList errors={formErrors} />
            </div>
          )}
        </div>
        <Button type="submit" variant="primary" loading={isPending}>
          {newest === undefined ? 'Register' : 'Save'}
        </Button>
      </div>
    </form>
  );
}
