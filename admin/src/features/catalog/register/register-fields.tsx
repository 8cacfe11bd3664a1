import type { ReactNode } from 'react';
import { ErrorList } from '../../../components/ui/error-list.tsx';
import { Field, type FieldIds } from '../../../components/ui/field.tsx';

/** What the fields of the form have in common. */
export interface FieldProps {
  readonly errors: readonly string[] | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function toError(errors: readonly string[] | undefined): ReactNode {
  return errors === undefined ? undefined : <ErrorList errors={errors} />;
}

export function NameField({ errors, value, isFixed, onChange }: FieldProps & { readonly isFixed: boolean }) {
  return (
    <Field
      label="Name"
      error={toError(errors)}
      hint={isFixed ? undefined : 'Lower-case parts joined by dots, such as invoice.paid'}
    >
      {(ids) => (
        <input
          {...ids}
          className="field font-mono"
          spellCheck={false}
          autoComplete="off"
          readOnly={isFixed}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function DescriptionField({ errors, value, onChange }: FieldProps) {
  return (
    <Field label="Description" error={toError(errors)} hint="When the event is sent, in one sentence">
      {(ids) => (
        <textarea
          {...ids}
          rows={2}
          maxLength={500}
          className="field"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function VersionField({ errors, value, newest, onChange }: FieldProps & { readonly newest: number }) {
  return (
    <Field
      label="Version"
      error={toError(errors)}
      hint={`Leave empty to change version ${newest}, which must stay compatible. Any other change needs a new version, such as ${newest + 1}.`}
    >
      {(ids) => (
        <input
          {...ids}
          type="number"
          min={1}
          step={1}
          className="field max-w-40 tabular-nums"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function JsonTextField({
  label,
  hint,
  rows = 18,
  errors,
  value,
  onChange,
}: FieldProps & { readonly label: string; readonly hint: string; readonly rows?: number }) {
  const textarea = (ids: FieldIds) => (
    <textarea
      {...ids}
      rows={rows}
      spellCheck={false}
      className="field font-mono text-[0.8rem]"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
  return (
    <Field label={label} hint={hint} error={toError(errors)}>
      {textarea}
    </Field>
  );
}
