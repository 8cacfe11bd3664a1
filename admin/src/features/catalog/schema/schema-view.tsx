import type { JsonSchemaObject } from '@tocsin/shared';
import { useId, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { formatCount } from '../../../lib/format.ts';
import { FieldTable } from './field-table.tsx';
import { tablesFromSchema } from './schema-rows.ts';

/** Rows that are shown at first. */
const maxRows = 200;

/** The fields of an event's data from its JSON Schema, with the schema itself. */
export function SchemaView({ schema, label }: { readonly schema: JsonSchemaObject; readonly label: string }) {
  const idPrefix = useId();
  const [showsAll, setShowsAll] = useState(false);
  const tables = tablesFromSchema(schema);
  const count = tables.reduce((sum, { rows }) => sum + rows.length, 0);
  let left = showsAll ? Infinity : maxRows;
  return (
    <div className="flex min-w-0 flex-col gap-5">
      {tables.map((table) => {
        const rows = table.rows.slice(0, left);
        left -= rows.length;
        return rows.length === 0 ? null : (
          <FieldTable key={table.definition ?? ''} table={{ ...table, rows }} idPrefix={idPrefix} />
        );
      })}
      {count > maxRows && !showsAll && (
        <div>
          <Button size="small" onClick={() => setShowsAll(true)}>
            Show all {formatCount(count)} fields
          </Button>
        </div>
      )}
      <details className="text-[0.8667rem]">
        <summary className="w-fit rounded text-ink-3 hover:text-ink">JSON Schema</summary>
        <div className="mt-2">
          <CodeBlock label={`JSON Schema of ${label}`} text={JSON.stringify(schema, null, 2)} />
        </div>
      </details>
    </div>
  );
}
