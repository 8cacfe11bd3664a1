import { useMutation } from '@tanstack/react-query';
import type { EventTypeView } from '@tocsin/shared';
import { CircleCheck, Send } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useApps } from '../../../components/filters/app-filter.tsx';
import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { ErrorNotice, InlineError } from '../../../components/ui/notice.tsx';
import { Page } from '../../../components/ui/page.tsx';
import { SegmentedControl } from '../../../components/ui/segmented-control.tsx';
import { byFamily, familyNames, useEventTypes } from '../../../lib/catalog.ts';
import { counted } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { trpc, type Inputs } from '../../../lib/trpc.ts';
import { useUrlState } from '../../../lib/url-state.ts';
import { Recipients } from './recipients-card.tsx';
import { SchemaForm } from './schema-form.tsx';
import { fieldsOf, parseObject } from './schema-fields.ts';

type EventType = Inputs['events']['publish']['event'];
type Data = Record<string, unknown>;

const crumbs = [{ href: '/events', text: 'Events' }];

export function PublishPage() {
  const types = useEventTypes();
  const [{ app, type }, set] = useUrlState(['app', 'type']);
  const chosen =
    types.data?.find((each) => each.type === type && each.subscribable) ??
    types.data?.find((each) => each.subscribable);
  return (
    <Page
      title="Publish a test event"
      crumbs={crumbs}
      subtitle="It is a real event: every webhook that subscribes it gets it."
    >
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card>
          {chosen === undefined || types.data === undefined ? (
            types.error === null ? (
              <div aria-hidden className="shimmer h-96" />
            ) : (
              <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />
            )
          ) : (
            <div className="flex flex-col gap-5">
              <Field label="Event" hint={chosen.description}>
                {(ids) => (
                  <select
                    {...ids}
                    className="field"
                    value={chosen.type}
                    onChange={(event) => set({ type: event.target.value }, { replace: true })}
                  >
                    {byFamily(types.data).map(([family, members]) => (
                      <optgroup key={family} label={familyNames[family]}>
                        {members.map((member) => (
                          <option key={member.type}>{member.type}</option>
                        ))}
                      </optgroup>
                    ))}
                  </select>
                )}
              </Field>
              <PublishForm key={chosen.type} type={chosen} />
            </div>
          )}
        </Card>
        {chosen !== undefined && <Recipients appId={app ?? ''} type={chosen.type} />}
      </div>
    </Page>
  );
}

/** Filled with the catalogue's example, so that a first event is one click away. */
function PublishForm({ type }: { readonly type: EventTypeView }) {
  const can = useCan();
  const apps = useApps();
  const [{ app }, set] = useUrlState(['app', 'type']);
  const fields = fieldsOf(type.schema).filter((field) => field.name !== 'appId');
  const [mode, setMode] = useState<'form' | 'json'>('form');
  const [data, setData] = useState<Data>(() => withoutAppId(type.example));
  const [text, setText] = useState('');
  const [idempotencyKey, setKey] = useState('');
  const publish = useMutation(trpc.events.publish.mutationOptions());
  const parsed = mode === 'json' ? parseObject(text) : { data };
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
        if (parsed.data === undefined) return;
        publish.mutate({
          appId,
          // Chosen from the server's own catalogue.
          event: type.type as EventType,
          data: parsed.data,
          ...(idempotencyKey !== '' && { idempotencyKey }),
        });
      }}
    >
      <Field label="App">
        {(ids) =>
          can('webhooks:read') && apps.data !== undefined && apps.data.nextCursor === null ? (
            <select
              {...ids}
              className="field"
              required
              value={appId}
              onChange={(event) => set({ app: event.target.value }, { replace: true })}
            >
              {apps.data.items.every((each) => each.id !== appId) && (
                <option value={appId}>{appId || 'Choose an app'}</option>
              )}
              {apps.data.items.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name} ({each.id})
                </option>
              ))}
            </select>
          ) : (
            <input
              {...ids}
              className="field font-mono"
              required
              value={appId}
              spellCheck={false}
              onChange={(event) => set({ app: event.target.value }, { replace: true })}
            />
          )
        }
      </Field>
      <fieldset className="flex flex-col gap-4">
        <div className="flex items-center justify-between gap-3 border-t border-line pt-5">
          <legend className="contents text-[0.9333rem] font-semibold">Data</legend>
          <SegmentedControl
            label="How to enter the data"
            value={mode}
            choices={[
              { value: 'form', text: 'Form' },
              { value: 'json', text: 'JSON' },
            ]}
            onChange={(next) => {
              if (next === 'json') setText(JSON.stringify(data, null, 2));
              else if (parsed.data !== undefined) setData(parsed.data);
              setMode(next);
            }}
          />
        </div>
        {mode === 'form' ? (
          <SchemaForm fields={fields} data={data} onChange={setData} />
        ) : (
          <Field label="Data as JSON" problem={'problem' in parsed ? parsed.problem : undefined}>
            {(ids) => (
              <textarea
                {...ids}
                rows={14}
                spellCheck={false}
                className="field font-mono text-[0.8rem]"
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        )}
      </fieldset>
      <Field
        label="Idempotency key"
        hint="Optional. The same key with the same data gives the first answer again."
      >
        {(ids) => (
          <input
            {...ids}
            className="field font-mono"
            value={idempotencyKey}
            maxLength={128}
            spellCheck={false}
            onChange={(event) => setKey(event.target.value)}
          />
        )}
      </Field>
      <InlineError error={publish.error} />
      {publish.data !== undefined && (
        <p
          role="status"
          className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg bg-ok-soft px-3.5 py-2.5 text-[0.9333rem] text-ok"
        >
          <CircleCheck aria-hidden className="size-4.5" />
          {publish.data.deliveries === 0
            ? 'Accepted; no webhook subscribes it.'
            : `Accepted for ${counted(publish.data.deliveries, 'webhook')}.`}
          {can('events:read') && (
            <Link href={`/events/${publish.data.id}`} className="font-medium underline underline-offset-2">
              See what becomes of it
            </Link>
          )}
        </p>
      )}
      <div>
        <Button
          type="submit"
          look="primary"
          isBusy={publish.isPending}
          disabled={appId === '' || parsed.data === undefined}
          icon={<Send aria-hidden className="size-4" />}
        >
          Publish
        </Button>
      </div>
    </form>
  );
}

/** The server fills it with the app of the call. */
function withoutAppId(data: Data): Data {
  const { appId: _, ...rest } = data;
  return rest;
}
