import { useMutation } from '@tanstack/react-query';
import type { EventTypeDetail, PublishResult } from '@tocsin/shared';
import { CircleCheck, Send } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../../../components/ui/button.tsx';
import { ErrorList } from '../../../components/ui/error-list.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { InlineError } from '../../../components/ui/notice.tsx';
import { toApiError } from '../../../lib/api-error.ts';
import { useFirstApps } from '../../../lib/apps.ts';
import { pluralize } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { trpc } from '../../../lib/trpc.ts';
import { useUnsavedChanges } from '../../../lib/unsaved-changes.ts';
import { useUrlState } from '../../../lib/url-state.ts';
import { AppField } from './app-field.tsx';
import { dataErrorsFromMessage } from './data-errors.ts';
import { DataField } from './data-field.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { fieldsFromSchema } from './schema-fields.ts';
import type { JsonObject } from '../../../lib/json-object.ts';
import { useEventData } from './use-event-data.ts';

/** Publishes an event of one type. Starts with the catalog's example data. */
export function PublishForm({ type }: { readonly type: EventTypeDetail }) {
  const apps = useFirstApps();
  const [{ app }, set] = useUrlState(['app', 'type']);
  const fields = fieldsFromSchema(type.schema).filter(({ name }) => name !== 'appId');
  const input = useEventData(omitAppId(type.example), fields.length === 0 ? 'json' : 'form');
  const { data } = input.parsed;
  const [idempotencyKey, setIdempotencyKey] = useState('');
  const [isConfirming, setConfirming] = useState(false);
  const publish = useMutation(trpc.events.publish.mutationOptions());
  const errors = dataErrorsFromMessage(
    publish.error === null ? '' : toApiError(publish.error).message,
    fields.map(({ name }) => name),
  );
  // What was published is not lost, and the example is not work.
  useUnsavedChanges(!publish.isPending && !publish.isSuccess && !isExample(type, data));
  const appId = app ?? '';
  const firstApp = apps.data?.items[0]?.id;
  useEffect(() => {
    if (app === undefined && firstApp !== undefined) set({ app: firstApp }, { replace: true });
  }, [app, firstApp, set]);

  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (data !== undefined) setConfirming(true);
      }}
    >
      <AppField value={appId} onChange={(next) => set({ app: next }, { replace: true })} />
      <DataField fields={fields} input={input} errors={errors} />
      <IdempotencyKeyField value={idempotencyKey} onChange={setIdempotencyKey} />
      {errors.all.length > 0 ? (
        <div role="alert" className="text-[0.9rem] break-words text-bad">
          The data does not match the schema: {pluralize(errors.all.length, 'error')}.
          {input.mode === 'form' && errors.unplaced.length > 0 && <ErrorList errors={errors.unplaced} />}
        </div>
      ) : (
        <InlineError error={publish.error} />
      )}
      {publish.data !== undefined && <PublishSuccess result={publish.data} />}
      {isConfirming && data !== undefined && (
        <PublishDialog
          appId={appId}
          type={type.type}
          onClose={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false);
            publish.mutate({
              appId,
              event: type.type,
              data,
              ...(idempotencyKey !== '' && { idempotencyKey }),
            });
          }}
        />
      )}
      <div>
        <Button
          type="submit"
          variant="primary"
          loading={publish.isPending}
          disabled={appId === '' || data === undefined}
          icon={<Send aria-hidden className="size-4" />}
        >
          Publish
        </Button>
      </div>
    </form>
  );
}

function IdempotencyKeyField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field
      label="Idempotency key"
      hint="Optional. Publishing again with the same key and data returns the first result."
    >
      {(ids) => (
        <input
          {...ids}
          className="field font-mono"
          value={value}
          maxLength={128}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function PublishSuccess({ result }: { readonly result: PublishResult }) {
  const can = useCan();
  return (
    <p
      role="status"
      className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg bg-ok-soft px-3.5 py-2.5 text-[0.9333rem] text-ok"
    >
      <CircleCheck aria-hidden className="size-4.5" />
      {result.deliveries === 0
        ? 'Accepted. No webhook is subscribed to this event.'
        : `Accepted for ${pluralize(result.deliveries, 'webhook')}.`}
      {can('events:read') && (
        <Link href={`/events/${result.id}`} className="font-medium underline underline-offset-2">
          View delivery status
        </Link>
      )}
    </p>
  );
}

function isExample({ example }: EventTypeDetail, data: JsonObject | undefined): boolean {
  return JSON.stringify(data) === JSON.stringify(omitAppId(example));
}

/** The server sets `appId` itself, from the call. */
function omitAppId(data: JsonObject): JsonObject {
  const { appId: _, ...rest } = data;
  return rest;
}
