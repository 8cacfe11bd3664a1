import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { refresh, trpc, type Outputs } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';

type Entry = Outputs['auditLog']['list']['items'][number];
type Action = Entry['action'];

const actions = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.tested',
  'webhook.secret_rotated',
  'webhook.disabled',
  'delivery.retried',
  'deliveries.replayed',
  'deliveries.cancelled',
  'app.created',
  'app.deleted',
  'key.created',
  'key.revoked',
  'account.created',
  'encryption_key.rotated',
] as const satisfies readonly Action[];

export function AuditPage() {
  const [{ app, action, cursor }, set] = useUrlState(['app', 'action', 'cursor']);
  const entries = useQuery(
    trpc.auditLog.list.queryOptions(
      { appId: app, action: actions.find((each) => each === action), cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && refresh.sometimes },
    ),
  );
  return (
    <Page title="Audit log" subtitle="Who changed what, when, and from where. Secrets are never in it.">
      <Card isFlush>
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2.5">
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <FilterSelect
            label="Action"
            value={action}
            choices={actions.map((value) => ({ value, text: value }))}
            onChange={(value) => set({ action: value })}
          />
        </div>
        <DataTable
          label="Audit log"
          items={entries.data?.items}
          error={entries.error}
          onRetry={() => void entries.refetch()}
          rowsWhileLoading={10}
          keyOf={(entry) => entry.id}
          empty={<EmptyNotice title="Nothing on record here" />}
          columns={[
            { name: 'Action', cell: (entry) => <span className="font-medium">{entry.action}</span> },
            { name: 'By', cell: (entry) => <Who actor={entry.actor} /> },
            { name: 'What', from: 'sm', cell: (entry) => <Target entry={entry} /> },
            {
              name: 'Details',
              from: 'lg',
              isWide: true,
              cell: (entry) => (
                <span className="text-ink-2" title={detailsOf(entry)}>
                  {detailsOf(entry)}
                </span>
              ),
            },
            {
              name: 'From',
              from: 'lg',
              cell: (entry) => <span className="font-mono text-[0.8rem] text-ink-2">{entry.address}</span>,
            },
            {
              name: 'When',
              cell: (entry) => (
                <span className="text-ink-2">
                  <Ago at={entry.at} />
                </span>
              ),
            },
          ]}
        />
        <Pager
          cursor={cursor}
          nextCursor={entries.data?.nextCursor}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}

function Who({ actor }: { readonly actor: Entry['actor'] }) {
  if (actor.kind === 'root') return <>operator</>;
  if (actor.kind === 'system') return <span className="text-ink-2">Tocsin itself</span>;
  return <code className="font-mono text-[0.8rem]">{actor.keyPrefix}…</code>;
}

const pageByPrefix: readonly (readonly [string, string])[] = [
  ['wh_', '/webhooks/'],
  ['dlv_', '/deliveries/'],
  ['evt_', '/events/'],
];

/** What was deleted since leads to a page that says so. */
function Target({ entry }: { readonly entry: Entry }) {
  const { targetId } = entry;
  if (targetId === null) return <span className="text-ink-3">the installation</span>;
  const page = entry.action.startsWith('app.')
    ? '/apps/'
    : pageByPrefix.find(([prefix]) => targetId.startsWith(prefix))?.[1];
  const id = <code className="font-mono text-[0.8rem]">{targetId}</code>;
  return page === undefined ? (
    id
  ) : (
    <Link href={`${page}${encodeURIComponent(targetId)}`} className="text-accent hover:underline">
      {id}
    </Link>
  );
}

function detailsOf(entry: Entry): string {
  return Object.entries(entry.details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('; ');
}
