import { Field } from './field.tsx';

/** A moment in the reader's own zone, as the browser asks for it: `fromLocalInput` reads the text. */
export function TimeField({
  label,
  hint,
  isRequired = false,
  value,
  onChange,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly isRequired?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          type="datetime-local"
          required={isRequired}
          className="field"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
