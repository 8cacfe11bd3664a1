import { toReasonLabel, type WebhookActivity } from '@tocsin/shared';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button } from '../../../components/ui/button.tsx';
import { formatCount, formatPercent } from '../../../lib/format.ts';
import { toDeliveriesHref, toStatusClass } from '../deliveries-href.ts';

interface Row {
  readonly key: string;
  readonly label: string;
  readonly attempts: number;
  readonly failedAttempts: number;
  /** The deliveries behind the number. Undefined: no filter finds them. */
  readonly href: string | undefined;
}

/** The requests of a span by HTTP status, reason and event type. */
export function Breakdowns({
  webhookId,
  activity: { since, totals, statuses, reasons, types },
}: {
  readonly webhookId: string;
  readonly activity: WebhookActivity;
}) {
  const isFailure = (statusCode: number | null) =>
    statusCode === null || statusCode < 200 || statusCode >= 300;
  return (
    <div className="grid gap-x-8 gap-y-5 md:grid-cols-2 lg:grid-cols-3">
      <Breakdown
        title="By status"
        empty="No requests."
        total={totals.attempts}
        rows={statuses.map(({ statusCode, attempts }) => ({
          key: String(statusCode),
          label: statusCode === null ? 'No response' : `HTTP ${statusCode}`,
          attempts,
          failedAttempts: isFailure(statusCode) ? attempts : 0,
          href: toDeliveriesHref(webhookId, { since, statusClass: toStatusClass(statusCode) }),
        }))}
      />
      <Breakdown
        title="Failures by reason"
        empty="No failed requests."
        total={totals.failedAttempts}
        rows={reasons.map(({ reason, attempts }) => ({
          key: reason,
          label: toReasonLabel(reason),
          attempts,
          failedAttempts: attempts,
          href: toDeliveriesHref(webhookId, { since, cause: reason }),
        }))}
      />
      <Breakdown
        title="By event type"
        empty="No requests."
        total={totals.attempts}
        rows={types.map(({ event, attempts, failedAttempts }) => ({
          key: event ?? '*',
          label: event ?? 'Other types',
          attempts,
          failedAttempts,
          href: event === null ? undefined : toDeliveriesHref(webhookId, { since, type: event }),
        }))}
      />
    </div>
  );
}

/** Rows that are listed at first. */
const maxRows = 5;

function Breakdown({
  title,
  empty,
  total,
  rows,
}: {
  readonly title: string;
  readonly empty: string;
  readonly total: number;
  readonly rows: readonly Row[];
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? rows : rows.slice(0, maxRows);
  return (
    <section className="min-w-0">
      <h3 className="mb-1.5 text-xs font-medium text-ink-3">{title}</h3>
      {rows.length === 0 ? (
        <p className="text-[0.9rem] text-ink-3">{empty}</p>
      ) : (
        <ul className="flex flex-col">
          {shown.map((row) => (
            <BreakdownRow key={row.key} row={row} total={total} />
          ))}
        </ul>
      )}
      {shown.length < rows.length && (
        <Button size="small" variant="ghost" onClick={() => setShowsAll(true)}>
          Show all {formatCount(rows.length)}
        </Button>
      )}
    </section>
  );
}

function BreakdownRow({ row, total }: { readonly row: Row; readonly total: number }) {
  const { label, attempts, failedAttempts, href } = row;
  const share = total === 0 ? 0 : attempts / total;
  return (
    <li className="relative border-b border-line py-1.5 text-[0.9rem] last:border-0 hover:bg-sunken/60">
      <div className="flex items-baseline gap-3">
        <bdi className="line-clamp-2 min-w-0 flex-1 break-words" title={label}>
          {href === undefined ? (
            label
          ) : (
            <Link href={href} className="after:absolute after:inset-0">
              {label}
            </Link>
          )}
        </bdi>
        {failedAttempts > 0 && failedAttempts < attempts && (
          <span className="text-xs text-bad tabular-nums lg:max-xl:sr-only">
            {formatCount(failedAttempts)} failed
          </span>
        )}
        <span className="tabular-nums">{formatCount(attempts)}</span>
        <span className="w-12 text-right text-xs text-ink-3 tabular-nums">{formatPercent(share)}</span>
      </div>
      <div aria-hidden className="mt-1 flex h-1 overflow-hidden rounded-full bg-sunken">
        <span
          className="bg-ok-fill"
          style={{ width: `${total === 0 ? 0 : ((attempts - failedAttempts) / total) * 100}%` }}
        />
        <span
          className="bg-bad-fill"
          style={{ width: `${total === 0 ? 0 : (failedAttempts / total) * 100}%` }}
        />
      </div>
    </li>
  );
}
