import { Field } from '../../../components/ui/field.tsx';
import { useApps } from '../../../lib/apps.ts';
import { useCan } from '../../../lib/session.ts';

/** Selects an app. Falls back to a text field if the apps cannot be listed or are too many for a select. */
export function AppField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (appId: string) => void;
}) {
  const can = useCan();
  const apps = useApps();
  return (
    <Field label="App">
      {(ids) =>
        can('webhooks:read') && apps.data !== undefined && apps.data.nextCursor === null ? (
          <select
            {...ids}
            className="field"
            required
            value={value}
            onChange={(event) => onChange(event.target.value)}
          >
            {apps.data.items.every(({ id }) => id !== value) && (
              <option value={value}>{value || 'Select an app'}</option>
            )}
            {apps.data.items.map(({ id, name }) => (
              <option key={id} value={id}>
                {name} ({id})
              </option>
            ))}
          </select>
        ) : (
          <input
            {...ids}
            className="field font-mono"
            required
            value={value}
            spellCheck={false}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      }
    </Field>
  );
}
