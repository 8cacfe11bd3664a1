import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { DataTable, type Column, type TableQuery } from '../../components/ui/data-table.tsx';
import { Time } from '../../components/ui/time.tsx';
import type { Outputs } from '../../lib/trpc.ts';

export type AuditEntry = Outputs['auditLog']['list']['items'][number];

export function AuditTable({
  entries,
  query,
  empty,
}: {
  readonly entries: readonly AuditEntry[] | undefined;
  readonly query: TableQuery;
  readonly empty: ReactNode;
}) {
  return (
    <DataTable
      label="Audit log"
      items={entries}
      query={query}
      skeletonRows={10}
      getRowKey={(entry) => entry.id}
      empty={empty}
      columns={columns}
    />
  );
}

const columns: readonly Column<AuditEntry>[] = [
  { header: 'Action', cell: (entry) => <span className="font-medium">{entry.action}</span> },
  { header: 'Actor', cell: (entry) => <Actor actor={entry.actor} /> },
  { header: 'Target', visibleFrom: 'sm', onPhone: 'value', cell: (entry) => <Target entry={entry} /> },
  {
    header: 'Details',
    visibleFrom: 'lg',
    grow: true,
    cell: (entry) => (
      <span className="text-ink-2" title={toDetailsText(entry)}>
        {toDetailsText(entry)}
      </span>
    ),
  },
  {
    header: 'Address',
    visibleFrom: 'xl',
    cell: (entry) => <span className="font-mono text-[0.8rem] text-ink-2">{entry.address}</span>,
  },
  {
    header: 'Time',
    cell: (entry) => (
      <span className="text-ink-2">
        <Time at={entry.at} />
      </span>
    ),
  },
];

function Actor({ actor }: { readonly actor: AuditEntry['actor'] }) {
  if (actor.kind === 'root') return <>Operator</>;
  if (actor.kind === 'system') return <span className="text-ink-2">System</span>;
  if (actor.kind === 'token') {
    return (
      <code className="font-mono text-[0.8rem]" title={actor.issuer ?? undefined}>
        {actor.subject}
      </code>
    );
  }
  return <code className="font-mono text-[0.8rem]">{actor.keyPrefix}…</code>;
}

const pathByIdPrefix: readonly (readonly [string, string])[] = [
  ['wh_', '/webhooks/'],
  ['dlv_', '/deliveries/'],
  ['evt_', '/events/'],
];

/** Links to the target of an entry. A deleted target leads to a "not found" page. */
function Target({ entry }: { readonly entry: AuditEntry }) {
  const { targetId } = entry;
  if (targetId === null) return <span className="text-ink-3">Server</span>;
  const path = entry.action.startsWith('app.')
    ? '/apps/'
    : pathByIdPrefix.find(([prefix]) => targetId.startsWith(prefix))?.[1];
  const id = <code className="font-mono text-[0.8rem]">{targetId}</code>;
  if (path === undefined) return id;
  return (
    <Link href={`${path}${encodeURIComponent(targetId)}`} className="text-accent hover:underline">
      {id}
    </Link>
  );
}

function toDetailsText(entry: AuditEntry): string {
  return Object.entries(entry.details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('; ');
}
