type Schema = Readonly<Record<string, unknown>>;

/** The fields of an event's data, from its JSON Schema. */
export function FieldTable({ schema }: { readonly schema: Schema }) {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return (
    <table className="h-fit w-full text-[0.8667rem]">
      <caption className="sr-only">Fields</caption>
      <thead>
        <tr className="border-b border-line text-left text-xs text-ink-3">
          <th scope="col" className="py-1.5 pr-4 font-medium">
            Field
          </th>
          <th scope="col" className="py-1.5 font-medium">
            Type
          </th>
        </tr>
      </thead>
      <tbody>
        {properties.map(([name, field]) => (
          <tr key={name} className="border-b border-line last:border-0">
            <th scope="row" className="py-1.5 pr-4 text-left font-mono font-normal">
              {name}
              {!required.includes(name) && <span className="font-sans text-ink-3"> optional</span>}
            </th>
            <td className="py-1.5 text-ink-2">{toTypeLabel(field)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toTypeLabel(field: Schema): string {
  if (Array.isArray(field['enum'])) return field['enum'].map((value) => JSON.stringify(value)).join(' or ');
  if (Array.isArray(field['anyOf'])) return (field['anyOf'] as Schema[]).map(toTypeLabel).join(' or ');
  if (Array.isArray(field['type'])) return field['type'].join(' or ');
  if (field['format'] === 'date-time') return 'timestamp (ISO 8601, UTC)';
  return typeof field['type'] === 'string' ? field['type'] : 'any';
}
