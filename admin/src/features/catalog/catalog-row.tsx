import type { EventTypeListItem } from '@tocsin/shared';
import { ChevronRight } from 'lucide-react';
import { Link } from 'wouter';
import { Badge } from '../../components/ui/badge.tsx';
import { toOriginLabel, toPlainText } from '../../lib/catalog.ts';
import { toTypeHref } from './type-href.ts';

/** One event type. Links to its page. */
export function CatalogRow({
  type,
  account,
}: {
  readonly type: EventTypeListItem;
  readonly account: string | undefined;
}) {
  return (
    <li className="relative flex items-start gap-3 border-b border-line px-4 py-2.5 transition-colors last:border-0 focus-within:bg-sunken/60 hover:bg-sunken/60">
      <div className="grid min-w-0 flex-1 gap-x-4 gap-y-1 md:grid-cols-[minmax(0,3fr)_minmax(0,4fr)_minmax(0,11rem)]">
        <Link
          href={toTypeHref(type.type, account)}
          className="min-w-0 font-mono text-[0.9rem] font-medium wrap-anywhere after:absolute after:inset-0"
        >
          {type.type}
        </Link>
        <p className="line-clamp-2 min-w-0 text-[0.9333rem] break-words text-ink-2">
          {toPlainText(type.description)}
        </p>
        <p className="flex flex-wrap gap-1.5 content-start md:justify-end">
          <Badge tone={type.family === null ? 'accent' : 'idle'}>{toOriginLabel(type)}</Badge>
          {type.versions.length > 1 && <Badge tone="idle">{type.versions.length} versions</Badge>}
          {!type.subscribable && <Badge tone="idle">Test pings only</Badge>}
        </p>
      </div>
      <ChevronRight aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />
    </li>
  );
}
