import { AppCombobox } from '../../../components/app-combobox.tsx';
import { Field } from '../../../components/ui/field.tsx';

/** Selects the app that an event is published to. */
export function AppField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (appId: string) => void;
}) {
  return (
    <Field label="App">
      {(ids) => <AppCombobox key={value} ids={ids} required value={value} onSelect={onChange} />}
    </Field>
  );
}
