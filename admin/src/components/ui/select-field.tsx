import type { ReactNode } from 'react';
import { Field } from './field.tsx';

/** One of a few things, by name. What is chosen has the type of the choices, which an event of the DOM would lose. */
export function SelectField<TValue extends string | number>({
  label,
  hint,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly value: TValue | undefined;
  readonly choices: readonly { readonly value: TValue; readonly text: string }[];
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
            const chosen = choices[target.selectedIndex];
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
