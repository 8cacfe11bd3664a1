import { useQuery } from '@tanstack/react-query';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { CardToolbar } from '../../components/ui/card.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { useCan } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { actionLabels, type AuditEntry } from './audit-entry.ts';
import type { AuditView, SetAuditView } from './audit-view.ts';
import { TargetFilter } from './target-filter.tsx';
import { TimeSpanFilter } from './time-span-filter.tsx';

interface FilterProps {
  readonly view: AuditView;
  readonly set: SetAuditView;
}

export function AuditFilters({ view, set }: FilterProps) {
  return (
    <CardToolbar>
      <div className="flex w-full flex-wrap items-center gap-2 max-sm:grid max-sm:grid-cols-2 max-sm:*:w-full! max-sm:*:max-w-none!">
        <TimeSpanFilter view={view} set={set} />
        <ActorFilter view={view} set={set} />
        <FilterSelect
          label="Action"
          value={view.action}
          options={Object.entries(actionLabels).map(([value, label]) => ({ value, label }))}
          onChange={(action) => set({ action })}
        />
        <AppFilter value={view.app} onChange={(app) => set({ app })} />
        <TargetFilter key={view.target} value={view.target} onChange={(target) => set({ target })} />
      </div>
    </CardToolbar>
  );
}

const kinds = [
  { value: 'root', label: 'Operator' },
  { value: 'system', label: 'Tocsin' },
  { value: 'key', label: 'Any API key' },
  { value: 'token', label: 'Any access token' },
] as const satisfies readonly { readonly value: AuditEntry['actor']['kind']; readonly label: string }[];

function ActorFilter({ view: { actor }, set }: FilterProps) {
  const can = useCan();
  const keys = useQuery(
    trpc.keys.list.queryOptions({ limit: 200 }, { enabled: can('keys:write'), staleTime: 30_000 }),
  );
  const options = [
    ...kinds,
    ...(keys.data?.items ?? []).map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix}…)` })),
  ];
  const isKnown = actor === undefined || options.some(({ value }) => value === actor);
  return (
    <FilterSelect
      label="Actor"
      width="w-44!"
      value={actor}
      options={isKnown ? options : [...options, { value: actor, label: actor }]}
      onChange={(next) => set({ actor: next })}
    />
  );
}
