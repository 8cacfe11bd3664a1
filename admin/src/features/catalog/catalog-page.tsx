import type { EventTypeView } from '@tocsin/shared';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { EmptyNotice, ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { familyNames, useEventTypes } from '../../lib/catalog.ts';
import { useCan } from '../../lib/session.ts';
import { hrefOf, useUrlState } from '../../lib/url-state.ts';

export function CataloguePage() {
  const types = useEventTypes();
  const [{ q = '' }, set] = useUrlState(['q']);
  const wanted = q.toLowerCase();
  const found = types.data?.filter((type) =>
    `${type.type} ${type.description}`.toLowerCase().includes(wanted),
  );
  const families = [...new Set(found?.map((type) => type.family))];
  return (
    <Page
      title="Event catalogue"
      subtitle="Every event there is, with its fields and a sample. Types, checks and documentation are made of the same schemas."
      actions={
        <input
          type="search"
          aria-label="Search the catalogue"
          placeholder="Search"
          className="field w-56!"
          value={q}
          onChange={(event) => set({ q: event.target.value }, { replace: true })}
        />
      }
    >
      {found === undefined ? (
        <Card isFlush>
          {types.error === null ? (
            <div aria-hidden className="shimmer m-4 h-96" />
          ) : (
            <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />
          )}
        </Card>
      ) : found.length === 0 ? (
        <Card isFlush>
          <EmptyNotice title={`No event fits “${q}”`} />
        </Card>
      ) : (
        families.map((family) => (
          <Card key={family} title={familyNames[family]} isFlush>
            <ul>
              {found
                .filter((type) => type.family === family)
                .map((type) => (
                  <CatalogueRow key={type.type} type={type} />
                ))}
            </ul>
          </Card>
        ))
      )}
    </Page>
  );
}

function CatalogueRow({ type }: { readonly type: EventTypeView }) {
  const can = useCan();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="border-b border-line last:border-0">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="flex items-start gap-2 py-2.5 pr-4 pl-3 hover:bg-sunken/60">
          <ChevronRight
            aria-hidden
            className={classNames(
              'mt-0.5 size-4 shrink-0 text-ink-3 transition-transform',
              isOpen && 'rotate-90',
            )}
          />
          <span className="grid min-w-0 flex-1 gap-x-4 gap-y-0.5 sm:grid-cols-[12rem_1fr]">
            <code className="font-mono text-[0.9rem] font-medium">{type.type}</code>
            <span className="text-[0.9333rem] text-ink-2">
              {type.description} {!type.subscribable && <Badge tone="idle">sent by tests only</Badge>}
            </span>
          </span>
        </summary>
        {isOpen && (
          <div className="grid gap-4 px-4 pt-1 pb-4 sm:pl-9 lg:grid-cols-2">
            <FieldTable schema={type.schema} />
            <div className="flex min-w-0 flex-col gap-3">
              <CodeBlock label={`Sample of ${type.type}`} text={JSON.stringify(type.example, null, 2)} />
              {type.subscribable && can('events:publish') && (
                <div>
                  <ButtonLink size="small" href={hrefOf('/events/publish', { type: type.type })}>
                    Publish one
                  </ButtonLink>
                </div>
              )}
            </div>
          </div>
        )}
      </details>
    </li>
  );
}

type Schema = Readonly<Record<string, unknown>>;

function FieldTable({ schema }: { readonly schema: Schema }) {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return (
    <table className="h-fit w-full text-[0.8667rem]">
      <caption className="sr-only">Fields</caption>
      <thead>
        <tr className="border-b border-line text-left text-xs text-ink-3">
          <th scope="col" className="py-1.5 pr-4 font-medium">
            Field
          </th>
          <th scope="col" className="py-1.5 font-medium">
            Type
          </th>
        </tr>
      </thead>
      <tbody>
        {properties.map(([name, field]) => (
          <tr key={name} className="border-b border-line last:border-0">
            <th scope="row" className="py-1.5 pr-4 text-left font-mono font-normal">
              {name}
              {!required.includes(name) && <span className="font-sans text-ink-3"> optional</span>}
            </th>
            <td className="py-1.5 text-ink-2">{typeText(field)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function typeText(field: Schema): string {
  if (Array.isArray(field['enum'])) return field['enum'].map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(field['anyOf'])) return (field['anyOf'] as Schema[]).map(typeText).join(' or ');
  if (Array.isArray(field['type'])) return field['type'].join(' or ');
  if (field['format'] === 'date-time') return 'time (ISO 8601, UTC)';
  return typeof field['type'] === 'string' ? field['type'] : 'anything';
}
