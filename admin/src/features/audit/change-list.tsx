import { maskText } from '@tocsin/shared';
import { ArrowRight } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { pluralize } from '../../lib/format.ts';
import { endsTarget, type AuditEntry } from './audit-entry.ts';

type Change = AuditEntry['changes'][number];
type Value = Change['before'];

/** More fields than this are shown on request. */
const shownCount = 4;

/** The changed fields of an entry, each with its value before and after. */
export function ChangeList({ entry }: { readonly entry: AuditEntry }) {
  const { action, changes } = entry;
  // All fields of an object that came or went say little, unless they are asked for.
  const limit = action.endsWith('.created') || endsTarget(action) ? 0 : shownCount;
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  if (changes.length === 0) return null;
  const shown = isOpen ? changes : changes.slice(0, limit);
  return (
    <div id={id} className="mt-2 flex flex-col items-start gap-2">
      {shown.length > 0 && (
        <dl className="w-full max-w-3xl divide-y divide-line rounded-lg border border-line text-[0.8667rem]">
          {shown.map((change) => (
            <div
              key={change.field}
              className="grid gap-x-4 gap-y-1 px-3 py-1.5 sm:grid-cols-[11rem_minmax(0,1fr)]"
            >
              <dt className="min-w-0 font-mono text-[0.8rem] leading-6 break-words text-ink-3">
                {change.field}
              </dt>
              <dd className="min-w-0">
                <ChangedValue change={change} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {changes.length > limit && (
        <Button
          size="small"
          variant="ghost"
          className="-ml-2.5"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen
            ? 'Show less'
            : limit === 0
              ? `Show ${pluralize(changes.length, 'field')}`
              : `Show all ${changes.length} fields`}
        </Button>
      )}
    </div>
  );
}

function ChangedValue({ change: { before, after } }: { readonly change: Change }) {
  if (isMasked(before) && isMasked(after)) {
    return (
      <span className="leading-6 text-ink-2">Changed. The value is hidden because it can be a secret.</span>
    );
  }
  if (Array.isArray(before) || Array.isArray(after)) {
    return <ChangedItems before={toItems(before)} after={toItems(after)} />;
  }
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Shown kind="before" value={before} />
      <ArrowRight aria-label="to" className="size-3.5 shrink-0 text-ink-3" />
      <Shown kind="after" value={after} />
      {before === after && <span className="text-ink-2">The hidden part changed.</span>}
    </span>
  );
}

/** The items of a list that came and went. */
function ChangedItems({
  before,
  after,
}: {
  readonly before: readonly string[];
  readonly after: readonly string[];
}) {
  const removed = before.filter((item) => !after.includes(item));
  const added = after.filter((item) => !before.includes(item));
  const kept = after.length - added.length;
  return (
    <span className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
      {removed.map((item) => (
        <Mark key={`- ${item}`} kind="before">
          <span aria-label="removed">−</span> {item}
        </Mark>
      ))}
      {added.map((item) => (
        <Mark key={`+ ${item}`} kind="after">
          <span aria-label="added">+</span> {item}
        </Mark>
      ))}
      {removed.length + added.length === 0 && <span className="text-ink-2">The order changed.</span>}
      {kept > 0 && removed.length + added.length > 0 && <span className="text-ink-3">{kept} unchanged</span>}
    </span>
  );
}

function Shown({ kind, value }: { readonly kind: 'before' | 'after'; readonly value: Value }) {
  if (value === null || value === '') return <span className="leading-6 text-ink-3 italic">none</span>;
  if (isMasked(value)) return <span className="leading-6 text-ink-2">hidden value</span>;
  return <Mark kind={kind}>{String(value)}</Mark>;
}

function Mark({ kind, children }: { readonly kind: 'before' | 'after'; readonly children: ReactNode }) {
  const className = 'rounded px-1.5 py-0.5 font-mono text-[0.8rem] leading-5 wrap-anywhere';
  return kind === 'before' ? (
    <del className={`${className} bg-bad-soft text-bad decoration-bad/50`}>
      <bdi>{children}</bdi>
    </del>
  ) : (
    <ins className={`${className} bg-ok-soft text-ok no-underline`}>
      <bdi>{children}</bdi>
    </ins>
  );
}

function isMasked(value: Value): boolean {
  return value === maskText;
}

function toItems(value: Value): readonly string[] {
  return Array.isArray(value) ? value : value === null ? [] : [String(value)];
}
