import { findJsonProblem } from '@tocsin/shared';
import type { FieldIds } from '../../../components/ui/field.tsx';
import { isoFromDateTimeInput, toDateTimeInput } from '../../../lib/format.ts';
import type { SchemaField } from './schema-fields.ts';

interface SchemaControlProps {
  readonly ids: FieldIds;
  readonly field: SchemaField;
  readonly value: unknown;
  /** Receives undefined, or null for a nullable field, when the control is emptied. */
  readonly onChange: (value: unknown) => void;
}

/** The control for one field, by its kind. */
export function SchemaControl(props: SchemaControlProps) {
  switch (props.field.kind) {
    case 'enum':
      return <EnumControl {...props} />;
    case 'integer':
    case 'number':
      return <NumberControl {...props} />;
    case 'boolean':
      return <BooleanControl {...props} />;
    case 'timestamp':
      return <TimestampControl {...props} />;
    case 'json':
      return <JsonControl {...props} />;
    case 'text':
      return <TextControl {...props} />;
  }
}

const isRequired = (field: SchemaField) => field.isRequired && !field.isNullable;
const emptyValue = (field: SchemaField) => (field.isNullable ? null : undefined);
const toText = (value: unknown) => (typeof value === 'string' ? value : '');

function EnumControl({ ids, field, value, onChange }: SchemaControlProps) {
  return (
    <select
      {...ids}
      className="field"
      required={isRequired(field)}
      value={toText(value)}
      onChange={(event) => onChange(event.target.value === '' ? emptyValue(field) : event.target.value)}
    >
      {!isRequired(field) && <option value="">–</option>}
      {field.options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </select>
  );
}

function NumberControl({ ids, field, value, onChange }: SchemaControlProps) {
  return (
    <input
      {...ids}
      type="number"
      className="field tabular-nums"
      required={isRequired(field)}
      min={field.minimum}
      step={field.kind === 'integer' ? 1 : 'any'}
      value={typeof value === 'number' ? value : ''}
      onChange={(event) =>
        onChange(Number.isNaN(event.target.valueAsNumber) ? emptyValue(field) : event.target.valueAsNumber)
      }
    />
  );
}

function BooleanControl({ ids, value, onChange }: SchemaControlProps) {
  return (
    <input
      {...ids}
      type="checkbox"
      className="size-4"
      checked={value === true}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}

function TimestampControl({ ids, field, value, onChange }: SchemaControlProps) {
  const text = toText(value);
  return (
    <input
      {...ids}
      type="datetime-local"
      className="field"
      required={isRequired(field)}
      value={Number.isNaN(Date.parse(text)) ? '' : toDateTimeInput(new Date(text))}
      onChange={(event) => onChange(isoFromDateTimeInput(event.target.value) ?? emptyValue(field))}
    />
  );
}

function JsonControl({ ids, value, onChange }: SchemaControlProps) {
  return (
    <textarea
      {...ids}
      className="field font-mono text-[0.8rem]"
      defaultValue={value === undefined ? '' : JSON.stringify(value)}
      onBlur={(event) => onChange(parseJsonOrText(event.target.value))}
    />
  );
}

function TextControl({ ids, field, value, onChange }: SchemaControlProps) {
  return (
    <input
      {...ids}
      className="field"
      required={isRequired(field)}
      spellCheck={false}
      autoComplete="off"
      value={toText(value)}
      onChange={(event) => onChange(event.target.value === '' ? emptyValue(field) : event.target.value)}
    />
  );
}

/**
 * Parses JSON. Returns other text as a string, also if parsing would change a number, and undefined for empty
 * text.
 */
function parseJsonOrText(text: string): unknown {
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return findJsonProblem(text) === undefined ? value : text;
  } catch {
    return text;
  }
}
