import { ErrorList } from '../../../components/ui/error-list.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { SegmentedControl } from '../../../components/ui/segmented-control.tsx';
import type { DataErrors } from './data-errors.ts';
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
  errors,
  input: { mode, formData, json, parsed, setFormData, setJson, setMode },
}: {
  readonly fields: readonly SchemaField[];
  /** What the server rejected. */
  readonly errors: DataErrors;
  readonly input: EventDataInput;
}) {
  const rejected = errors.all.length === 0 ? undefined : <ErrorList errors={errors.all} />;
  return (
    <fieldset className="flex flex-col gap-4">
      <div className="flex items-center justify-between gap-3 border-t border-line pt-5">
        <legend className="contents text-[0.9333rem] font-semibold">Data</legend>
        {fields.length > 0 && (
          <SegmentedControl label="Data input" value={mode} options={modes} onChange={setMode} />
        )}
      </div>
      {mode === 'form' ? (
        <SchemaForm fields={fields} data={formData} errors={errors} onChange={setFormData} />
      ) : (
        <Field label="Data as JSON" error={'error' in parsed ? parsed.error : rejected}>
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
