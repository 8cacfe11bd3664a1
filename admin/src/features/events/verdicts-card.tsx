import type { EventView } from '@tocsin/shared';
import { Card } from '../../components/ui/card.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { pluralize } from '../../lib/format.ts';
import { VerdictRow, verdictStyles, type Verdict, type WebhookVerdict } from './verdict-row.tsx';

/** The status of an event at every webhook of its app, including those that did not receive it. */
export function VerdictsCard({
  event,
  verdicts,
  isCapped,
}: {
  readonly event: Pick<EventView, 'id' | 'event'>;
  readonly verdicts: readonly WebhookVerdict[];
  readonly isCapped: boolean;
}) {
  return (
    <Card
      title={summarizeVerdicts(verdicts)}
      hint={`Status at ${pluralize(verdicts.length, 'webhook')} of the app${
        isCapped ? '. The app has more, to which the event was not sent' : ''
      }`}
      flush
    >
      {verdicts.length === 0 ? (
        <EmptyNotice title="The app has no webhooks">
          The event was accepted and stored, but not sent.
        </EmptyNotice>
      ) : (
        <ul aria-label="Verdicts">
          {sortVerdicts(verdicts).map((verdict) => (
            <VerdictRow
              key={`${verdict.webhookId} ${verdict.deliveryId}`}
              eventId={event.id}
              eventType={event.event}
              verdict={verdict}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Orders verdicts by urgency: failures first, unsent events last. */
function sortVerdicts(verdicts: readonly WebhookVerdict[]): WebhookVerdict[] {
  const order = Object.keys(verdictStyles);
  return [...verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

function summarizeVerdicts(verdicts: readonly WebhookVerdict[]): string {
  const count = (...kinds: readonly Verdict[]) =>
    verdicts.filter(({ verdict }) => kinds.includes(verdict)).length;
  const counts = [
    [count('delivered'), 'delivered'],
    [count('pending'), 'pending'],
    [count('failed'), 'failed'],
    [count('cancelled'), 'cancelled'],
    [count('no_record'), 'removed'],
    [count('not_subscribed', 'disabled', 'created_later', 'not_matched'), 'not sent'],
  ] as const;
  const text = counts
    .filter(([number]) => number > 0)
    .map(([number, label]) => `${number} ${label}`)
    .join(', ');
  return text === '' ? 'Not sent' : text;
}
