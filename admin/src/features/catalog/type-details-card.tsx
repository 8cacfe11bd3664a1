import type { EventTypeDetail } from '@tocsin/shared';
import { Card, DescriptionItem, DescriptionList } from '../../components/ui/card.tsx';
import { Time } from '../../components/ui/time.tsx';
import { toOriginLabel } from '../../lib/catalog.ts';

type Version = EventTypeDetail['history'][number] | EventTypeDetail;

export function TypeDetailsCard({
  type,
  version,
}: {
  readonly type: EventTypeDetail;
  readonly version: Version;
}) {
  return (
    <Card title="Details">
      <DescriptionList>
        <DescriptionItem label="Source">
          {toOriginLabel(type)}{' '}
          {type.accountId !== null && (
            <code className="inline-block font-mono text-[0.8667rem] text-ink-3">{type.accountId}</code>
          )}
        </DescriptionItem>
        {type.source !== null && (
          <DescriptionItem label="Fields">
            {type.source === 'documented' ? 'Documented by the contract' : 'Inferred from the contract'}
          </DescriptionItem>
        )}
        <DescriptionItem label="Version">
          {version.version}
          {type.versions.length > 1 && ` (versions ${type.versions.join(', ')})`}
        </DescriptionItem>
        <DescriptionItem label="Chat message">
          <ChatMessage type={type} presentation={version.presentation} />
        </DescriptionItem>
        {version.updatedAt !== null && (
          <DescriptionItem label="Changed">
            <Time at={version.updatedAt} format="date" />
          </DescriptionItem>
        )}
      </DescriptionList>
    </Card>
  );
}

function ChatMessage({
  type,
  presentation,
}: {
  readonly type: EventTypeDetail;
  readonly presentation: Version['presentation'];
}) {
  if (type.family !== null) return 'Built-in text';
  if (presentation === null) return 'Generic, from the first fields of the schema';
  const fields = presentation.fields.map(({ label }) => label).join(', ');
  return fields === ''
    ? `“${presentation.title}”, without fields`
    : `“${presentation.title}”, with ${fields}`;
}
