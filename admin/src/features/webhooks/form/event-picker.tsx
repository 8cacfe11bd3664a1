import type { EventTypeView } from '@tocsin/shared';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { byFamily, familyNames } from '../../../lib/catalog.ts';

/** The events of both families, each with what it means and how it looks. */
export function EventPicker({
  types,
  chosen,
  onChange,
}: {
  readonly types: readonly EventTypeView[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  return (
    <Card
      title="Events"
      hint={chosen.length === 0 ? 'Choose at least one' : `${chosen.length} chosen`}
      isFlush
      actions={
        chosen.length > 0 && (
          <Button size="small" look="quiet" onClick={() => onChange([])}>
            Choose none
          </Button>
        )
      }
    >
      <div className="grid lg:grid-cols-2 lg:divide-x lg:divide-line">
        {byFamily(types).map(([family, members]) => {
          const names = members.map((member) => member.type as string);
          const others = chosen.filter((name) => !names.includes(name));
          const own = chosen.length - others.length;
          return (
            <fieldset key={family} className="min-w-0">
              <legend className="sr-only">{familyNames[family]}</legend>
              <div className="flex items-center justify-between border-b border-line bg-sunken/50 px-4 py-1.5">
                <p aria-hidden className="text-[0.8667rem] font-semibold">
                  {familyNames[family]}
                </p>
                <Button
                  size="small"
                  look="quiet"
                  onClick={() => onChange(own === names.length ? others : [...others, ...names])}
                >
                  {own === names.length ? 'None' : 'All'}
                  <span className="sr-only"> of {familyNames[family]}</span>
                </Button>
              </div>
              <ul>
                {members.map((member) => (
                  <EventOption
                    key={member.type}
                    type={member}
                    isChosen={chosen.includes(member.type)}
                    onToggle={(isChosen) =>
                      onChange(
                        isChosen ? [...chosen, member.type] : chosen.filter((name) => name !== member.type),
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
  isChosen,
  onToggle,
}: {
  readonly type: EventTypeView;
  readonly isChosen: boolean;
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
            checked={isChosen}
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
          Sample<span className="sr-only"> of {type.type}</span>
        </button>
      </div>
      {isOpen && (
        <div className="mt-2">
          <CodeBlock label={`Sample of ${type.type}`} text={JSON.stringify(type.example, null, 2)} />
        </div>
      )}
    </li>
  );
}
