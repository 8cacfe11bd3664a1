import { ErrorList } from '../../../components/ui/error-list.tsx';
import { Field } from '../../../components/ui/field.tsx';
import type { JsonObject } from '../../../lib/json-object.ts';
import type { DataErrors } from './data-errors.ts';
import type { SchemaField } from './schema-fields.ts';
import { SchemaControl } from './schema-control.tsx';

/** A form for an event's data. Omits empty optional fields and sets empty nullable fields to null. */
export function SchemaForm({
  fields,
  data,
  errors,
  onChange,
}: {
  readonly fields: readonly SchemaField[];
  readonly data: JsonObject;
  readonly errors: DataErrors;
  readonly onChange: (data: JsonObject) => void;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {fields.map((field) => (
        <Field
          key={field.name}
          error={toError(errors, field.name)}
          label={
            <>
              <code className="font-mono text-[0.8667rem] wrap-anywhere">{field.name}</code>
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

function toError({ fields }: DataErrors, name: string) {
  const found = fields.get(name) ?? [];
  return found.length === 0 ? undefined : <ErrorList errors={found} />;
}
