import type { AttemptView, DeliveryDetail } from '@tocsin/shared';
import { Card } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { Time } from '../../components/ui/time.tsx';
import { escapeControlCharacters } from '../../lib/control-characters.ts';
import { formatDuration } from '../../lib/format.ts';
import { attemptReasonLabels, toAttemptSummary } from '../../lib/labels.ts';

/** The recorded attempts of a delivery, newest first. */
export function AttemptsCard({
  delivery: { attempts, attemptCount },
}: {
  readonly delivery: DeliveryDetail;
}) {
  const firstNumber = attemptCount - attempts.length + 1;
  return (
    <Card
      title="Attempts"
      hint={attemptCount > attempts.length ? `Last ${attempts.length} of ${attemptCount}` : undefined}
      flush
    >
      {attempts.length === 0 ? (
        <p className="px-4 py-6 text-[0.9333rem] text-ink-2">No attempts yet.</p>
      ) : (
        <ol>
          {attempts
            .map((attempt, index) => ({ attempt, number: firstNumber + index }))
            .reverse()
            .map(({ attempt, number }) => (
              <Attempt key={number} attempt={attempt} number={number} />
            ))}
        </ol>
      )}
    </Card>
  );
}

function Attempt({ attempt, number }: { readonly attempt: AttemptView; readonly number: number }) {
  const isSuccess = attempt.reason === null;
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
