import { useMutation, useQuery } from '@tanstack/react-query';
import type { AttemptView, DeliveryDetail } from '@tocsin/shared';
import { Ban, CircleAlert, CircleCheck, Clock, RotateCw, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { StatusBadge, statusTones } from '../../components/ui/badge.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card, Fact, Facts } from '../../components/ui/card.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { CodeBlock } from '../../components/ui/code-block.tsx';
import { Id } from '../../components/ui/copy-button.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { ErrorNotice, InlineError } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago, At } from '../../components/ui/time.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { chatFormatOf } from '../../lib/chat-format.ts';
import { counted, duration } from '../../lib/format.ts';
import { useCan } from '../../lib/session.ts';
import { queryClient, refresh, trpc } from '../../lib/trpc.ts';
import { prettyJson, visibleText } from '../../lib/control-characters.ts';
import { attemptOutcome, attemptWords, deliveryWords, formatWords } from '../../lib/labels.ts';
import { bodyAsSent, headersAsSent } from './rebuild-request.ts';
import { shownUrl } from '../../lib/redact-url.ts';

const crumbs = [{ href: '/deliveries', text: 'Deliveries' }];

export function DeliveryPage({ id }: { readonly id: string }) {
  const can = useCan();
  const delivery = useQuery(
    trpc.deliveries.get.queryOptions(
      { id },
      { refetchInterval: ({ state }) => (state.data?.status === 'pending' ? 1_500 : refresh.sometimes) },
    ),
  );
  const retry = useMutation(
    trpc.deliveries.retry.mutationOptions({
      onSuccess: (after) => {
        queryClient.setQueryData(trpc.deliveries.get.queryKey({ id }), after);
        toast('It is being sent again.');
      },
    }),
  );
  const [isCancelling, setCancelling] = useState(false);
  const cancel = useMutation(
    trpc.deliveries.cancel.mutationOptions({
      onSuccess: async ({ count }) => {
        await queryClient.invalidateQueries(trpc.deliveries.get.queryFilter({ id }));
        setCancelling(false);
        toast(count === 1 ? 'It is cancelled.' : 'It is being sent at this moment and was not cancelled.');
      },
    }),
  );
  const { data } = delivery;
  if (data === undefined) {
    return (
      <Page title="Delivery" crumbs={crumbs}>
        <Card isFlush>
          {delivery.error === null ? (
            <div aria-hidden className="shimmer m-4 h-72" />
          ) : (
            <ErrorNotice error={delivery.error} onRetry={() => void delivery.refetch()} />
          )}
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={`Delivery of ${data.event}`}
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {data.event} <StatusBadge status={data.status} />
        </span>
      }
      crumbs={crumbs}
      subtitle={<Id id={id} />}
      actions={
        can('deliveries:write') && (
          <>
            {data.status === 'pending' && (
              <Button icon={<Ban aria-hidden className="size-4" />} onClick={() => setCancelling(true)}>
                Cancel
              </Button>
            )}
            <Button
              look={data.status === 'delivered' ? 'plain' : 'primary'}
              icon={<RotateCw aria-hidden className="size-4" />}
              isBusy={retry.isPending}
              onClick={() => retry.mutate({ id })}
            >
              {data.status === 'delivered' ? 'Send again' : 'Retry now'}
            </Button>
          </>
        )
      }
    >
      <InlineError error={retry.error} />
      <WhatHappened delivery={data} />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card
          title="Attempts"
          hint={
            data.attemptCount > data.attempts.length
              ? `the last ${data.attempts.length} of ${data.attemptCount}`
              : undefined
          }
          isFlush
        >
          {data.attempts.length === 0 ? (
            <p className="px-4 py-6 text-[0.9333rem] text-ink-2">None was made yet.</p>
          ) : (
            <ol>
              {data.attempts
                .map((attempt, index) => ({
                  attempt,
                  number: data.attemptCount - data.attempts.length + index + 1,
                }))
                .reverse()
                .map(({ attempt, number }) => (
                  <Attempt key={number} attempt={attempt} number={number} />
                ))}
            </ol>
          )}
        </Card>
        <Card title="About it">
          <Facts>
            <Fact name="Event">
              <Link
                href={`/events/${data.eventId}`}
                className="font-mono text-[0.8667rem] break-all text-accent hover:underline"
              >
                {data.eventId}
              </Link>
            </Fact>
            <Fact name="Webhook">
              <Link
                href={`/webhooks/${data.webhookId}`}
                className="font-mono text-[0.8667rem] text-accent hover:underline"
              >
                {data.webhookId}
              </Link>
            </Fact>
            <Fact name="App">
              <Link
                href={`/apps/${encodeURIComponent(data.appId)}`}
                className="font-mono text-[0.8667rem] break-all text-accent hover:underline"
              >
                {data.appId}
              </Link>
            </Fact>
            <Fact name="Created">
              <At at={data.createdAt} />
            </Fact>
            {data.finishedAt !== null && (
              <Fact name="Finished">
                <At at={data.finishedAt} />
              </Fact>
            )}
            {data.nextAttemptAt !== null && (
              <Fact name="Next attempt">
                <At at={data.nextAttemptAt} />
              </Fact>
            )}
          </Facts>
        </Card>
      </div>
      <RequestAsSent delivery={data} />
      <ConfirmDialog
        title="Cancel this delivery?"
        action="Cancel 1 delivery"
        dismissal="Keep it"
        isOpen={isCancelling}
        isBusy={cancel.isPending}
        error={cancel.error}
        onConfirm={() => cancel.mutate({ webhookId: data.webhookId, ids: [id] })}
        onClose={() => setCancelling(false)}
      >
        It is not tried again, unless somebody retries or replays it. Other deliveries are not touched.
      </ConfirmDialog>
    </Page>
  );
}

const icons: Record<DeliveryDetail['status'], LucideIcon> = {
  delivered: CircleCheck,
  failed: CircleAlert,
  pending: Clock,
  cancelled: CircleAlert,
};

/** The state, its reason and what comes next, in sentences. */
function WhatHappened({ delivery }: { readonly delivery: DeliveryDetail }) {
  const last = delivery.attempts.at(-1);
  return (
    <Banner tone={statusTones[delivery.status]} icon={icons[delivery.status]}>
      {delivery.status === 'delivered'
        ? `Delivered with ${counted(delivery.attemptCount, 'attempt')}.`
        : delivery.reason === null
          ? 'Nothing more is known.'
          : `${deliveryWords[delivery.reason]}.`}{' '}
      {delivery.status !== 'delivered' && last !== undefined && last.reason !== null && (
        <>
          {attemptWords[last.reason]}
          {last.statusCode === null ? '' : ` (${last.statusCode})`}.{' '}
        </>
      )}
      {delivery.nextAttemptAt !== null && (
        <>
          Next attempt <Ago at={delivery.nextAttemptAt} />.
        </>
      )}
    </Banner>
  );
}

function Attempt({ attempt, number }: { readonly attempt: AttemptView; readonly number: number }) {
  const isGood = attempt.reason === null;
  return (
    <li className="border-b border-line px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.9333rem]">
        <span className="text-ink-3 tabular-nums">#{number}</span>
        <span className={classNames('font-mono font-medium', isGood ? 'text-ok' : 'text-bad')}>
          {attemptOutcome(attempt)}
        </span>
        <span className="text-ink-2 tabular-nums">{duration(attempt.durationMs)}</span>
        <span className="ml-auto text-[0.8667rem] text-ink-2">
          <At at={attempt.at} />
        </span>
      </div>
      {attempt.reason !== null && (
        <p className="mt-1 text-[0.8667rem] text-ink-2">{attemptWords[attempt.reason]}.</p>
      )}
      {attempt.reply !== '' && (
        <div className="mt-2">
          <CodeBlock
            label={`Reply to attempt ${number}`}
            text={visibleText(attempt.reply)}
            isWrapped
            maxHeight="max-h-44"
          />
        </div>
      )}
    </li>
  );
}

function RequestAsSent({ delivery }: { readonly delivery: DeliveryDetail }) {
  const can = useCan();
  const event = useQuery(
    trpc.events.get.queryOptions({ id: delivery.eventId }, { enabled: can('events:read') }),
  );
  const webhook = useQuery(
    trpc.webhooks.get.queryOptions({ id: delivery.webhookId }, { enabled: can('webhooks:read') }),
  );
  if (!can('events:read')) return null;
  if (event.data === undefined) {
    return (
      <Card title="Request">
        {event.error === null ? (
          <div aria-hidden className="shimmer h-40" />
        ) : (
          <InlineError error={event.error} />
        )}
      </Card>
    );
  }
  const chat = webhook.data && chatFormatOf(webhook.data.url, webhook.data.format);
  return (
    <Card
      title="Request"
      hint={
        webhook.data !== undefined && webhook.data.updatedAt > delivery.createdAt
          ? 'As the webhook is set now; it was changed after this delivery was made'
          : undefined
      }
    >
      <div className="flex flex-col gap-4">
        {webhook.data && (
          <div>
            <p className="mb-2 font-mono text-[0.8667rem] break-all">
              <span className="font-semibold">POST</span> {shownUrl(webhook.data.url)}
            </p>
            <table className="text-[0.8rem]">
              <caption className="sr-only">Request headers</caption>
              <tbody>
                {headersAsSent(webhook.data, event.data, delivery, chat !== undefined).map((line) => (
                  <tr key={line.name}>
                    <th
                      scope="row"
                      className="py-0.5 pr-4 text-left align-top font-mono font-normal whitespace-nowrap text-ink-3"
                    >
                      {line.name}
                    </th>
                    <td className="py-0.5 font-mono break-all">
                      {line.isMasked ? <span title="Kept from view">{line.value}</span> : line.value}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {chat !== undefined && (
          <p className="text-[0.8667rem] text-ink-2">
            It went out as a {formatWords[chat].name.toLowerCase()}, made from this event:
          </p>
        )}
        <CodeBlock
          label={chat === undefined ? 'Body' : 'Event data'}
          text={
            webhook.data !== undefined && chat === undefined
              ? bodyAsSent(webhook.data, event.data)
              : prettyJson(JSON.stringify(event.data.data))
          }
        />
      </div>
    </Card>
  );
}
