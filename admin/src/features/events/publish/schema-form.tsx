import { Field, type FieldIds } from '../../../components/ui/field.tsx';
import { fromLocalInput, toLocalInput } from '../../../lib/format.ts';
import type { SchemaField } from './schema-fields.ts';

type Data = Record<string, unknown>;

/** A form made from an event's JSON Schema. What is left empty is left out, or null where that is allowed. */
export function SchemaForm({
  fields,
  data,
  onChange,
}: {
  readonly fields: readonly SchemaField[];
  readonly data: Data;
  readonly onChange: (data: Data) => void;
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
              {field.isNullable && <span className="ml-1.5 font-normal text-ink-3">or null</span>}
            </>
          }
        >
          {(ids) => (
            <Control
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

interface ControlProps {
  readonly ids: FieldIds;
  readonly field: SchemaField;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

function Control({ ids, field, value, onChange }: ControlProps) {
  const isRequired = field.isRequired && !field.isNullable;
  const empty = field.isNullable ? null : undefined;
  switch (field.kind) {
    case 'choice':
      return (
        <select
          {...ids}
          className="field"
          required={isRequired}
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value === '' ? empty : event.target.value)}
        >
          {!isRequired && <option value="">–</option>}
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    case 'integer':
    case 'number':
      return (
        <input
          {...ids}
          type="number"
          className="field tabular-nums"
          required={isRequired}
          min={field.minimum}
          step={field.kind === 'integer' ? 1 : 'any'}
          value={typeof value === 'number' ? value : ''}
          onChange={(event) =>
            onChange(Number.isNaN(event.target.valueAsNumber) ? empty : event.target.valueAsNumber)
          }
        />
      );
    case 'flag':
      return (
        <input
          {...ids}
          type="checkbox"
          className="size-4"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case 'instant':
      return (
        <input
          {...ids}
          type="datetime-local"
          className="field"
          required={isRequired}
          value={
            typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? toLocalInput(new Date(value)) : ''
          }
          onChange={(event) => onChange(fromLocalInput(event.target.value) ?? empty)}
        />
      );
    case 'json':
      return (
        <textarea
          {...ids}
          className="field font-mono text-[0.8rem]"
          defaultValue={value === undefined ? '' : JSON.stringify(value)}
          onBlur={(event) => onChange(jsonOf(event.target.value))}
        />
      );
    case 'text':
      return (
        <input
          {...ids}
          className="field"
          required={isRequired}
          spellCheck={false}
          autoComplete="off"
          value={textOf(value)}
          onChange={(event) => onChange(event.target.value === '' ? empty : event.target.value)}
        />
      );
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What is no JSON is taken for the text that it is. */
function jsonOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
