import type { EventTypeView } from '@tocsin/shared';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../../components/ui/badge.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { useCan } from '../../lib/session.ts';
import { toHref } from '../../lib/url-state.ts';
import { FieldTable } from './field-table.tsx';

/** One event type. Expands to its fields and an example. */
export function CatalogRow({ type }: { readonly type: EventTypeView }) {
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
              {type.description} {!type.subscribable && <Badge tone="idle">test pings only</Badge>}
            </span>
          </span>
        </summary>
        {isOpen && (
          <div className="grid gap-4 px-4 pt-1 pb-4 sm:pl-9 lg:grid-cols-2">
            <FieldTable schema={type.schema} />
            <div className="flex min-w-0 flex-col gap-3">
              <CodeBlock label={`Example of ${type.type}`} text={JSON.stringify(type.example, null, 2)} />
              {type.subscribable && can('events:publish') && (
                <div>
                  <ButtonLink size="small" href={toHref('/events/publish', { type: type.type })}>
                    Publish test event
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
