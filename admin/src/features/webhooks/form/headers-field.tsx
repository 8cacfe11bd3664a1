import { Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import type { HeaderRow } from './webhook-draft.ts';

/** Edits the custom headers of a webhook. */
export function HeadersField({
  rows,
  onChange,
}: {
  readonly rows: readonly HeaderRow[];
  readonly onChange: (rows: readonly HeaderRow[]) => void;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[0.9rem] font-medium">Custom headers</legend>
      {rows.map((row, index) => {
        const update = (change: Partial<HeaderRow>) =>
          onChange(rows.map((other, at) => (at === index ? { ...other, ...change } : other)));
        return (
          <div key={index} className="flex items-center gap-2">
            <input
              aria-label={`Header ${index + 1} name`}
              placeholder="Name"
              className="field font-mono"
              value={row.name}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => update({ name: event.target.value })}
            />
            <input
              aria-label={`Header ${index + 1} value`}
              placeholder="Value"
              className="field font-mono"
              value={row.value}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => update({ value: event.target.value })}
            />
            <IconButton
              label={`Remove header ${index + 1}`}
              onClick={() => onChange(rows.filter((_, at) => at !== index))}
            >
              <Trash2 aria-hidden className="size-4" />
            </IconButton>
          </div>
        );
      })}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden className="size-4" />}
          onClick={() => onChange([...rows, { name: '', value: '' }])}
        >
          Add header
        </Button>
      </div>
    </fieldset>
  );
}
