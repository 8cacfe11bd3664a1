import type { EventTypeListItem } from '@tocsin/shared';
import { useDeferredValue, useState } from 'react';
import { CodeBlock } from '../../../../components/ui/code-block.tsx';
import { LoadFallback } from '../../../../components/ui/load-fallback.tsx';
import { toPlainText, useEventTypes } from '../../../../lib/catalog.ts';
import {
  findPattern,
  isSelected,
  suggestPatterns,
  withEntry,
  withoutEntry,
  withPin,
  type Subscription,
} from './subscription.ts';
import { VersionPin } from './version-pin.tsx';

/** Types that are listed at once. */
export const maxListedTypes = 50;

export interface EventOptionsProps {
  readonly value: Subscription;
  readonly accountId: string | undefined;
  readonly onChange: (value: Subscription) => void;
}

/** The types and patterns to choose from, by a search. */
export function EventOptions({ value, accountId, onChange }: EventOptionsProps) {
  const [text, setText] = useState('');
  const search = useDeferredValue(text.trim().toLowerCase());
  const types = useEventTypes({ search: search.replace(/\*$/, ''), accountId, limit: maxListedTypes });
  const items = types.items?.filter(({ subscribable }) => subscribable);
  const patterns = suggestPatterns(search, items?.map(({ type }) => type) ?? []);
  return (
    <div className="flex min-w-0 flex-col">
      <div className="border-b border-line px-4 py-2.5">
        <input
          type="search"
          aria-label="Search event types, or enter a pattern"
          placeholder="Search, or enter a pattern such as invoice.*"
          className="field"
          spellCheck={false}
          autoComplete="off"
          maxLength={100}
          value={text}
          onChange={(event) => setText(event.target.value)}
          // Enter would submit the form.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
      </div>
      {items === undefined ? (
        <LoadFallback error={types.error} onRetry={types.refetch} className="m-4 h-72" />
      ) : (
        <fieldset className="min-w-0">
          <legend className="sr-only">Event types and patterns</legend>
          {/* Relative: hidden text would lengthen the page otherwise. */}
          <ul className="relative max-h-96 overflow-y-auto">
            {patterns.map((pattern) => (
              <PatternOption key={pattern} pattern={pattern} value={value} onChange={onChange} />
            ))}
            {items.map((type) => (
              <TypeOption key={type.type} type={type} value={value} onChange={onChange} />
            ))}
          </ul>
          <p
            role="status"
            className="border-t border-line px-4 py-2 text-[0.8667rem] text-ink-3 empty:hidden"
          >
            {items.length === 0
              ? `No event type matches “${search}”.`
              : types.nextCursor !== null && `The first ${maxListedTypes} types. Search for others.`}
          </p>
        </fieldset>
      )}
    </div>
  );
}

function PatternOption({
  pattern,
  value,
  onChange,
}: Omit<EventOptionsProps, 'accountId'> & { readonly pattern: string }) {
  const isChosen = value.events.includes(pattern);
  const isIncluded = !isChosen && isSelected(value.events, pattern);
  return (
    <li className="border-b border-line bg-sunken/40 px-4 py-2">
      <label className="flex min-w-0 items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-1"
          checked={isChosen || isIncluded}
          disabled={isIncluded}
          onChange={(event) =>
            onChange(event.target.checked ? withEntry(value, pattern) : withoutEntry(value, pattern))
          }
        />
        <span className="min-w-0">
          <code className="font-mono text-[0.8667rem] font-medium wrap-anywhere">{pattern}</code>
          <span className="block text-[0.8667rem] text-ink-2">
            {pattern === '*'
              ? 'All event types, with those that are added later'
              : `All types that start with “${pattern.slice(0, -1)}”, with those that are added later`}
          </span>
        </span>
      </label>
    </li>
  );
}

function TypeOption({
  type: { type, description, example, pinnableVersions },
  value,
  onChange,
}: Omit<EventOptionsProps, 'accountId'> & { readonly type: EventTypeListItem }) {
  const [isOpen, setOpen] = useState(false);
  const isChosen = value.events.includes(type);
  const pattern = findPattern(value.events, type);
  return (
    <li className="border-b border-line px-4 py-2 last:border-0">
      <div className="flex items-start gap-3">
        <label className="flex min-w-0 flex-1 items-start gap-2.5">
          <input
            type="checkbox"
            className="mt-1"
            checked={isChosen || pattern !== undefined}
            disabled={!isChosen && pattern !== undefined}
            onChange={(event) =>
              onChange(event.target.checked ? withEntry(value, type) : withoutEntry(value, type))
            }
          />
          <span className="min-w-0">
            <code className="font-mono text-[0.8667rem] font-medium wrap-anywhere">{type}</code>
            <span className="line-clamp-3 text-[0.8667rem] break-words text-ink-2">
              {toPlainText(description)}
            </span>
            {pattern !== undefined && (
              <span className="block text-[0.8667rem] text-ink-3">Selected by {pattern}</span>
            )}
          </span>
        </label>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="shrink-0 rounded-md px-1.5 py-0.5 text-[0.8rem] text-ink-3 hover:bg-sunken hover:text-ink"
        >
          Example<span className="sr-only"> of {type}</span>
        </button>
      </div>
      {pattern !== undefined && !isChosen && pinnableVersions.length > 1 && (
        <div className="mt-1.5 pl-6">
          <VersionPin
            type={type}
            versions={pinnableVersions}
            value={value.eventVersions[type]}
            onChange={(version) => onChange(withPin(value, type, version))}
          />
        </div>
      )}
      {isOpen && (
        <div className="mt-2">
          <CodeBlock label={`Example of ${type}`} text={JSON.stringify(example, null, 2)} />
        </div>
      )}
    </li>
  );
}
