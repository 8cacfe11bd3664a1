import type { EventTypeView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { groupByFamily, toFamilyLabel } from '../../../lib/catalog.ts';

/** Selects event types, grouped by family, with a description and an example of each. */
export function EventPicker({
  types,
  selected,
  onChange,
}: {
  readonly types: readonly EventTypeView[];
  readonly selected: readonly string[];
  readonly onChange: (selected: readonly string[]) => void;
}) {
  return (
    <Card
      title="Events"
      hint={selected.length === 0 ? 'Select at least one' : `${selected.length} selected`}
      flush
      actions={
        selected.length > 0 && (
          <Button size="small" variant="ghost" onClick={() => onChange([])}>
            Clear selection
          </Button>
        )
      }
    >
      <div className="grid lg:grid-cols-2 lg:divide-x lg:divide-line">
        {groupByFamily(types).map(([family, members]) => {
          const names = members.map((member) => member.type);
          const others = selected.filter((name) => !names.includes(name));
          const isAllSelected = selected.length - others.length === names.length;
          return (
            <fieldset key={family} className="min-w-0">
              <legend className="sr-only">{toFamilyLabel(family)}</legend>
              <div className="flex items-center justify-between border-b border-line bg-sunken/50 px-4 py-1.5">
                <p aria-hidden className="text-[0.8667rem] font-semibold">
                  {toFamilyLabel(family)}
                </p>
                <Button
                  size="small"
                  variant="ghost"
                  onClick={() => onChange(isAllSelected ? others : [...others, ...names])}
                >
                  {isAllSelected ? 'Deselect all' : 'Select all'}
                  <span className="sr-only"> {toFamilyLabel(family)} events</span>
                </Button>
              </div>
              <ul>
                {members.map((member) => (
                  <EventOption
                    key={member.type}
                    type={member}
                    isSelected={selected.includes(member.type)}
                    onToggle={(isChosen) =>
                      onChange(
                        isChosen
                          ? [...selected, member.type]
                          : selected.filter((name) => name !== member.type),
                      )
                    }
                  />
                ))}
              </ul>
            </fieldset>
          );
        })}
      </div>
    </Card>
  );
}

function EventOption({
  type,
  isSelected,
  onToggle,
}: {
  readonly type: EventTypeView;
  readonly isSelected: boolean;
  readonly onToggle: (isChosen: boolean) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="border-b border-line px-4 py-2.5 last:border-0">
      <div className="flex items-start gap-3">
        <label className="flex min-w-0 flex-1 items-start gap-2.5">
          <input
            type="checkbox"
            className="mt-1"
            checked={isSelected}
            onChange={(event) => onToggle(event.target.checked)}
          />
          <span className="min-w-0">
            <code className="font-mono text-[0.8667rem] font-medium">{type.type}</code>
            <span className="block text-[0.8667rem] text-ink-2">{type.description}</span>
          </span>
        </label>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="shrink-0 rounded-md px-1.5 py-0.5 text-[0.8rem] text-ink-3 hover:bg-sunken hover:text-ink"
        >
          Example<span className="sr-only"> of {type.type}</span>
        </button>
      </div>
      {isOpen && (
        <div className="mt-2">
          <CodeBlock label={`Example of ${type.type}`} text={JSON.stringify(type.example, null, 2)} />
        </div>
      )}
    </li>
  );
}
