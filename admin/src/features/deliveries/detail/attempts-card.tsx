import { attemptReasonLabels, type DeliveryDetail } from '@tocsin/shared';
import { GitCompare } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { CodeBlock } from '../../../components/ui/code-block.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { escapeControlCharacters } from '../../../lib/control-characters.ts';
import { formatDuration } from '../../../lib/format.ts';
import { toAttemptSummary } from '../../../lib/labels.ts';
import { AttemptComparison } from './attempt-comparison.tsx';
import type { NumberedAttempt } from './compare-attempts.ts';
import { HeadersTable } from './headers-table.tsx';

/** The recorded attempts of a delivery, newest first. Two of them can be compared. */
export function AttemptsCard({
  delivery: { attempts, attemptCount },
}: {
  readonly delivery: DeliveryDetail;
}) {
  const [isComparing, setComparing] = useState(false);
  const firstNumber = attemptCount - attempts.length + 1;
  const numbered = attempts.map((attempt, index): NumberedAttempt => ({
    attempt,
    number: firstNumber + index,
  }));
  return (
    <Card
      title="Attempts"
      hint={attemptCount > attempts.length ? `Last ${attempts.length} of ${attemptCount}` : undefined}
      actions={
        attempts.length > 1 && (
          <Button
            size="small"
            aria-pressed={isComparing}
            icon={<GitCompare aria-hidden className="size-4" />}
            onClick={() => setComparing(!isComparing)}
          >
            Compare
          </Button>
        )
      }
      flush
    >
      {isComparing && <AttemptComparison attempts={numbered} />}
      {attempts.length === 0 ? (
        <p className="px-4 py-6 text-[0.9333rem] text-ink-2">No attempts yet.</p>
      ) : (
        <ol>
          {numbered.toReversed().map(({ attempt, number }) => (
            <Attempt key={number} attempt={attempt} number={number} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Attempt({ attempt, number }: NumberedAttempt) {
  const isSuccess = attempt.reason === null;
  const { responseHeaders } = attempt;
  return (
    <li className="border-b border-line px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.9333rem]">
        <span className="text-ink-3 tabular-nums">#{number}</span>
        <span className={classNames('font-mono font-medium', isSuccess ? 'text-ok' : 'text-bad')}>
          {toAttemptSummary(attempt)}
        </span>
        <span className="text-ink-2 tabular-nums">{formatDuration(attempt.durationMs)}</span>
        <span className="ml-auto text-[0.8667rem] text-ink-2">
          <Time at={attempt.at} format="date" />
        </span>
      </div>
      {attempt.reason !== null && (
        <p className="mt-1 text-[0.8667rem] text-ink-2">{attemptReasonLabels[attempt.reason]}.</p>
      )}
      {responseHeaders !== null && responseHeaders.length > 0 && (
        <details className="mt-2">
          <summary className="cursor-pointer text-[0.8667rem] text-ink-2">
            Response headers <span className="text-ink-3 tabular-nums">({responseHeaders.length})</span>
          </summary>
          <div className="mt-1.5">
            <HeadersTable label={`Response headers of attempt ${number}`} headers={responseHeaders} />
          </div>
        </details>
      )}
      {attempt.reply !== '' && (
        <div className="mt-2">
          <CodeBlock
            label={`Response to attempt ${number}`}
            text={escapeControlCharacters(attempt.reply)}
            wrap
            maxHeight="max-h-44"
          />
        </div>
      )}
    </li>
  );
}
