import { Field } from './ui/field.tsx';

export interface NameFieldProps {
  readonly hint: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The name of a new object, the first field of its dialog. */
export function NameField({ hint, value, onChange }: NameFieldProps) {
  return (
    <Field label="Name" hint={hint}>
      {(ids) => (
        <input
          {...ids}
          className="field"
          value={value}
          maxLength={100}
          required
          autoFocus
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
