import type { EventView } from '@tocsin/shared';
import { Card } from '../../components/ui/card.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { pluralize } from '../../lib/format.ts';
import { ResendButton } from './resend-button.tsx';
import {
  sortVerdicts,
  summarizeVerdicts,
  VerdictRow,
  type WebhookVerdict,
} from '../../components/verdict-row.tsx';

/** The status of an event at every webhook of its app, including those that did not receive it. */
export function VerdictsCard({
  event,
  verdicts,
  isCapped,
}: {
  readonly event: EventView;
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
              verdict={verdict}
              action={<ResendButton event={event} verdict={verdict} />}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}
