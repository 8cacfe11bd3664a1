import { useState } from 'react';
import { escapeControlCharacters } from '../../../lib/control-characters.ts';
import { toAttemptSummary } from '../../../lib/labels.ts';
import { bodyFact, compareAttempts, type NumberedAttempt } from './compare-attempts.ts';

/** Two attempts side by side, at first the last two. */
export function AttemptComparison({ attempts }: { readonly attempts: readonly NumberedAttempt[] }) {
  const [beforeNumber, setBefore] = useState<number>();
  const [afterNumber, setAfter] = useState<number>();
  const pick = (number: number | undefined, otherwise: number) =>
    attempts.find((attempt) => attempt.number === number) ?? attempts.at(otherwise);
  const before = pick(beforeNumber, -2);
  const after = pick(afterNumber, -1);
  if (before === undefined || after === undefined) return null;
  return (
    <div className="border-b border-line px-4 py-3">
      <table className="w-full table-fixed text-[0.8rem]">
        <caption className="sr-only">Two attempts compared</caption>
        <thead>
          <tr className="text-left align-middle">
            <th scope="col" className="w-28 pb-2 font-medium text-ink-3">
              Compare
            </th>
            <th scope="col" className="pr-3 pb-2">
              <AttemptSelect
                label="First attempt"
                attempts={attempts}
                value={before.number}
                onChange={setBefore}
              />
            </th>
            <th scope="col" className="pb-2">
              <AttemptSelect
                label="Second attempt"
                attempts={attempts}
                value={after.number}
                onChange={setAfter}
              />
            </th>
          </tr>
        </thead>
        <tbody>
          {compareAttempts(before.attempt, after.attempt).map((fact) => (
            <tr key={fact.name} className="border-t border-line align-top">
              <th scope="row" className="py-1.5 pr-3 text-left font-normal break-words text-ink-3">
                {fact.name}
              </th>
              {fact.isSame ? (
                <td colSpan={2} className="py-1.5 break-words text-ink-2">
                  <span className="flex items-baseline gap-3">
                    <Text text={fact.after} />
                    <span className="ml-auto shrink-0 text-ink-3">same</span>
                  </span>
                </td>
              ) : fact.name === bodyFact ? (
                <td colSpan={2} className="py-1.5">
                  <Body number={before.number} text={fact.before} other={fact.after} />
                  <Body number={after.number} text={fact.after} other={fact.before} />
                </td>
              ) : (
                <>
                  <td className="py-1.5 pr-3 break-words">
                    <Text text={fact.before} />
                  </td>
                  <td className="py-1.5 font-medium break-words">
                    <Text text={fact.after} />
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Text({ text }: { readonly text: string }) {
  return (
    <span className="line-clamp-6 wrap-anywhere whitespace-pre-wrap">{escapeControlCharacters(text)}</span>
  );
}

/** A body over the whole width. Lines that the other one also has are pale. */
function Body({
  number,
  text,
  other,
}: {
  readonly number: number;
  readonly text: string;
  readonly other: string;
}) {
  const otherLines = new Set(other.split('\n'));
  const lines = text.split('\n');
  return (
    <div className="not-first:mt-2">
      <p className="mb-0.5 text-ink-3">#{number}</p>
      <pre
        tabIndex={0}
        role="region"
        aria-label={`Response body of attempt ${number}`}
        className="max-h-48 overflow-auto rounded-md bg-sunken px-2.5 py-2 font-mono wrap-anywhere whitespace-pre-wrap"
      >
        {lines.map((line, index) => (
          <span key={index} className={otherLines.has(line) ? 'block text-ink-3' : 'block font-medium'}>
            {line === '' ? ' ' : escapeControlCharacters(line)}
          </span>
        ))}
      </pre>
    </div>
  );
}

function AttemptSelect({
  label,
  attempts,
  value,
  onChange,
}: {
  readonly label: string;
  readonly attempts: readonly NumberedAttempt[];
  readonly value: number;
  readonly onChange: (number: number) => void;
}) {
  return (
    <select
      aria-label={label}
      className="field h-8! text-[0.8667rem]! font-normal"
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {attempts.map(({ attempt, number }) => (
        <option key={number} value={number}>
          #{number}, {toAttemptSummary(attempt)}
        </option>
      ))}
    </select>
  );
}
