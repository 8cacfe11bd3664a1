import type { ReactNode } from 'react';
import { Field } from './field.tsx';

/** A labeled select. Keeps the type of the option values, which DOM events lose. */
export function SelectField<TValue extends string | number>({
  label,
  hint,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly value: TValue | undefined;
  readonly options: readonly { readonly value: TValue; readonly label: string }[];
  readonly onChange: (value: TValue) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <select
          {...ids}
          className="field"
          value={value}
          onChange={({ target }) => {
            const selected = options[target.selectedIndex];
            if (selected !== undefined) onChange(selected.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
