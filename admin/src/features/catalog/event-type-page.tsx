import type { EventTypeDetail } from '@tocsin/shared';
import { Card } from '../../components/ui/card.tsx';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toPlainText, useEventType } from '../../lib/catalog.ts';
import { toHref, useUrlState } from '../../lib/url-state.ts';
import { SchemaView } from './schema/schema-view.tsx';
import { TypeActions } from './type-actions.tsx';
import { TypeDetailsCard } from './type-details-card.tsx';

export function EventTypePage({ id: name }: { readonly id: string }) {
  const [{ account }] = useUrlState(['account']);
  const breadcrumbs = [{ href: toHref('/catalog', { account }), label: 'Event catalog' }];
  const type = useEventType(name, account);
  if (type.data === undefined) {
    return (
      <Page title={name} breadcrumbs={breadcrumbs}>
        <Card flush>
          <LoadFallback error={type.error} onRetry={type.refetch} className="m-4 h-72" />
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={name}
      heading={<span className="font-mono wrap-anywhere">{name}</span>}
      breadcrumbs={breadcrumbs}
      actions={<TypeActions type={type.data} account={account} />}
    >
      <TypeDefinition type={type.data} />
    </Page>
  );
}

/** The definition at the chosen version, or at the newest one. */
function TypeDefinition({ type }: { readonly type: EventTypeDetail }) {
  const [{ version }, set] = useUrlState(['version']);
  const chosen = type.history.find((known) => String(known.version) === version);
  const shown = chosen ?? type.history.at(-1) ?? type;
  return (
    <>
      <p className="max-w-3xl text-[0.9333rem] break-words text-ink-2">{toPlainText(shown.description)}</p>
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card
          title="Fields"
          hint={shown.version === type.version ? undefined : `The newest version is ${type.version}`}
          actions={
            type.history.length > 1 && (
              <VersionSelect
                versions={type.versions}
                value={shown.version}
                onChange={(next) => set({ version: next === type.version ? undefined : String(next) })}
              />
            )
          }
        >
          <SchemaView key={shown.version} schema={shown.schema} label={type.type} />
        </Card>
        <div className="flex min-w-0 flex-col gap-5">
          <Card title="Example">
            <CodeBlock label={`Example of ${type.type}`} text={JSON.stringify(shown.example, null, 2)} />
          </Card>
          <TypeDetailsCard type={type} version={shown} />
        </div>
      </div>
    </>
  );
}

function VersionSelect({
  versions,
  value,
  onChange,
}: {
  readonly versions: readonly number[];
  readonly value: number;
  readonly onChange: (version: number) => void;
}) {
  return (
    <select
      aria-label="Version"
      className="field h-8! w-auto! text-[0.8667rem]!"
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {versions.toReversed().map((version, index) => (
        <option key={version} value={version}>
          Version {version}
          {index === 0 && ' (newest)'}
        </option>
      ))}
    </select>
  );
}
