import { Card } from '../../components/ui/card.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toFamilyLabel, useEventTypes } from '../../lib/catalog.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { CatalogRow } from './catalog-row.tsx';

export function CatalogPage() {
  const types = useEventTypes();
  const [{ q = '' }, set] = useUrlState(['q']);
  const search = q.toLowerCase();
  const found = types.data?.filter((type) =>
    `${type.type} ${type.description}`.toLowerCase().includes(search),
  );
  const families = [...new Set(found?.map((type) => type.family))];
  return (
    <Page
      title="Event catalog"
      subtitle="All event types, with their fields and an example. Types, validation and documentation come from the same schemas."
      actions={
        <input
          type="search"
          aria-label="Search the catalog"
          placeholder="Search"
          className="field w-56!"
          value={q}
          onChange={(event) => set({ q: event.target.value }, { replace: true })}
        />
      }
    >
      {found === undefined ? (
        <Card flush>
          <LoadFallback error={types.error} onRetry={() => void types.refetch()} className="m-4 h-96" />
        </Card>
      ) : found.length === 0 ? (
        <Card flush>
          <EmptyNotice title={`No events match “${q}”`} />
        </Card>
      ) : (
        families.map((family) => (
          <Card key={family} title={toFamilyLabel(family)} flush>
            <ul>
              {found
                .filter((type) => type.family === family)
                .map((type) => (
                  <CatalogRow key={type.type} type={type} />
                ))}
            </ul>
          </Card>
        ))
      )}
    </Page>
  );
}
