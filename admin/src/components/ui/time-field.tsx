import { Field } from './field.tsx';

/** A date and time in the local time zone. Convert the value with `isoFromDateTimeInput`. */
export function TimeField({
  label,
  hint,
  required = false,
  value,
  onChange,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          type="datetime-local"
          required={required}
          className="field"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
