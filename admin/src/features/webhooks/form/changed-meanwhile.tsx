import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { copyField, hasSameField, toFieldLabel, toFieldText, type DraftField } from './compare-drafts.ts';
import type { WebhookDraft } from './webhook-draft.ts';

/** Lets the operator choose between what others stored and the own edit, for each field that both changed. */
export function ChangedMeanwhile({
  fields,
  stored,
  edited,
  draft,
  onChange,
  onReload,
}: {
  readonly fields: readonly DraftField[];
  /** As it is stored now. */
  readonly stored: WebhookDraft;
  /** As the form was when it was saved. */
  readonly edited: WebhookDraft;
  /** As the form is now. */
  readonly draft: WebhookDraft;
  readonly onChange: (draft: WebhookDraft) => void;
  readonly onReload: () => void;
}) {
  return (
    <Card title="This webhook was changed meanwhile">
      <p role="alert" className="mb-4 text-[0.9333rem] text-ink-2">
        Another change was saved after you opened this page, and yours is not saved. Choose the values to
        keep, then save again.
      </p>
      <div className="grid gap-4 lg:grid-cols-2">
        {fields.map((field) => {
          const isStored = hasSameField(field, draft, stored);
          return (
            <FieldChoice
              key={field}
              label={toFieldLabel(field)}
              stored={toFieldText(field, stored)}
              edited={toFieldText(field, isStored ? edited : draft)}
              value={isStored ? 'stored' : 'edited'}
              onChange={(value) => onChange(copyField(field, value === 'stored' ? stored : edited, draft))}
            />
          );
        })}
      </div>
      <div className="mt-4 flex justify-end">
        <Button onClick={onReload}>Discard my changes and reload</Button>
      </div>
    </Card>
  );
}

type Choice = 'stored' | 'edited';

function FieldChoice({
  label,
  stored,
  edited,
  value,
  onChange,
}: {
  readonly label: string;
  readonly stored: string;
  readonly edited: string;
  readonly value: Choice;
  readonly onChange: (value: Choice) => void;
}) {
  const options = [
    { choice: 'stored', title: 'Stored now', text: stored },
    { choice: 'edited', title: 'In this form', text: edited },
  ] as const;
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 text-[0.9rem] font-medium">{label}</legend>
      <div className="flex flex-col gap-2">
        {options.map(({ choice, title, text }) => (
          <label
            key={choice}
            className="flex items-start gap-2.5 rounded-lg border border-line px-3 py-2 text-[0.9333rem] has-checked:border-accent has-checked:bg-accent-soft/40"
          >
            <input
              type="radio"
              name={`Conflict: ${label}`}
              className="mt-1"
              checked={value === choice}
              onChange={() => onChange(choice)}
            />
            <span className="min-w-0 wrap-anywhere">
              <span className="text-ink-2">{title}:</span> <bdi>{text}</bdi>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
