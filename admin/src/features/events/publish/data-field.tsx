import { Field } from '../../../components/ui/field.tsx';
import { SegmentedControl } from '../../../components/ui/segmented-control.tsx';
import type { SchemaField } from './schema-fields.ts';
import { SchemaForm } from './schema-form.tsx';
import type { EventDataInput } from './use-event-data.ts';

const modes = [
  { value: 'form', label: 'Form' },
  { value: 'json', label: 'JSON' },
] as const;

/** Edits the data of an event, in a form or as JSON. */
export function DataField({
  fields,
  input: { mode, formData, json, parsed, setFormData, setJson, setMode },
}: {
  readonly fields: readonly SchemaField[];
  readonly input: EventDataInput;
}) {
  return (
    <fieldset className="flex flex-col gap-4">
      <div className="flex items-center justify-between gap-3 border-t border-line pt-5">
        <legend className="contents text-[0.9333rem] font-semibold">Data</legend>
        <SegmentedControl label="Data input" value={mode} options={modes} onChange={setMode} />
      </div>
      {mode === 'form' ? (
        <SchemaForm fields={fields} data={formData} onChange={setFormData} />
      ) : (
        <Field label="Data as JSON" error={'error' in parsed ? parsed.error : undefined}>
          {(ids) => (
            <textarea
              {...ids}
              rows={14}
              spellCheck={false}
              className="field font-mono text-[0.8rem]"
              value={json}
              onChange={(event) => setJson(event.target.value)}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}
