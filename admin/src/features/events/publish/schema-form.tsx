import { Field } from '../../../components/ui/field.tsx';
import type { EventData, SchemaField } from './schema-fields.ts';
import { SchemaControl } from './schema-control.tsx';

/** A form for an event's data. Omits empty optional fields and sets empty nullable fields to null. */
export function SchemaForm({
  fields,
  data,
  onChange,
}: {
  readonly fields: readonly SchemaField[];
  readonly data: EventData;
  readonly onChange: (data: EventData) => void;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {fields.map((field) => (
        <Field
          key={field.name}
          label={
            <>
              <code className="font-mono text-[0.8667rem]">{field.name}</code>
              {!field.isRequired && <span className="ml-1.5 font-normal text-ink-3">optional</span>}
              {field.isNullable && <span className="ml-1.5 font-normal text-ink-3">nullable</span>}
            </>
          }
        >
          {(ids) => (
            <SchemaControl
              ids={ids}
              field={field}
              value={data[field.name]}
              onChange={(value) => {
                const { [field.name]: _, ...rest } = data;
                onChange(value === undefined ? rest : { ...data, [field.name]: value });
              }}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
