import { useQuery } from '@tanstack/react-query';
import type { IncidentView } from '@tocsin/shared';
import { LifeBuoy } from 'lucide-react';
import { AccountName } from '../../components/account-name.tsx';
import { AppName } from '../../components/app-name.tsx';
import { HourlyBars } from '../../components/incidents/hourly-bars.tsx';
import { IncidentBadges } from '../../components/incidents/incidents-table.tsx';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card, DescriptionItem, DescriptionList } from '../../components/ui/card.tsx';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { ShortUrl } from '../../components/ui/short-url.tsx';
import { Stat, StatRow } from '../../components/ui/stat.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount, formatPercent } from '../../lib/format.ts';
import { formatLeast, toIncidentReason } from '../../lib/incident-text.ts';
import { useCan } from '../../lib/session.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { toHref } from '../../lib/url-state.ts';
import { IncidentMenu } from './incident-menu.tsx';

const breadcrumbs = [{ href: '/incidents', label: 'Incidents' }];

export function IncidentPage({ id }: { readonly id: string }) {
  const incident = useQuery(trpc.incidents.get.queryOptions({ id }, { refetchInterval: pollMs.fast }));
  if (incident.data !== undefined) return <IncidentDetails incident={incident.data} />;
  return (
    <Page title="Incident" breadcrumbs={breadcrumbs} subtitle={<CopyableId id={id} />}>
      <Card flush>
        <LoadFallback error={incident.error} onRetry={() => void incident.refetch()} className="m-4 h-72" />
      </Card>
    </Page>
  );
}

function IncidentDetails({ incident }: { readonly incident: IncidentView }) {
  const can = useCan();
  const { webhookId, webhookState, url, description } = incident;
  return (
    <Page
      title={toIncidentReason(incident)}
      heading={
        <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
          {toIncidentReason(incident)}
          <IncidentBadges incident={incident} />
        </span>
      }
      breadcrumbs={breadcrumbs}
      subtitle={
        description ? (
          <bdi>{description}</bdi>
        ) : url === null ? (
          <CopyableId id={webhookId} />
        ) : (
          <ShortUrl url={url} />
        )
      }
      actions={
        <>
          {can('webhooks:write') && webhookState !== null && (
            <ButtonLink
              variant="primary"
              href={`/webhooks/${webhookId}?recover=1`}
              icon={<LifeBuoy aria-hidden className="size-4" />}
            >
              Recover step by step
            </ButtonLink>
          )}
          <IncidentMenu incident={incident} />
        </>
      }
    >
      <IncidentStats incident={incident} />
      <IncidentFacts incident={incident} />
    </Page>
  );
}

function IncidentStats({ incident }: { readonly incident: IncidentView }) {
  const { webhookId, failedAttempts, waiting, waitingIsCapped, share, hourly } = incident;
  const lastDay = hourly.reduce((sum, count) => sum + count, 0);
  return (
    <StatRow>
      <Stat label="Failed attempts" value={formatCount(failedAttempts)} detail="of this occurrence" />
      <Stat
        label="Waiting"
        value={formatLeast(waiting, waitingIsCapped)}
        tone={waiting > 0 ? 'warn' : 'idle'}
        detail="deliveries to this webhook"
        href={toHref('/deliveries', { webhook: webhookId, status: 'pending' })}
      />
      <Stat
        label="Share of the account"
        value={share === null ? '–' : formatPercent(share)}
        detail="of all attempts in 24 hours"
      />
      <Stat label="Last 24 hours" value={formatCount(lastDay)} detail={<HourlyBars hourly={hourly} />} />
    </StatRow>
  );
}

function IncidentFacts({ incident }: { readonly incident: IncidentView }) {
  const { webhookId, appId, accountId, url, firstSeenAt, openedAt, lastSeenAt, closedAt, note } = incident;
  return (
    <Card title="Details">
      <DescriptionList>
        <DescriptionItem label="Webhook">
          <ScopedLink
            scope="webhooks:read"
            href={`/webhooks/${webhookId}`}
            className="text-accent hover:underline"
          >
            {url === null ? webhookId : <ShortUrl url={url} />}
          </ScopedLink>
        </DescriptionItem>
        <DescriptionItem label="App">
          <ScopedLink
            scope="webhooks:read"
            href={`/apps/${encodeURIComponent(appId)}`}
            className="text-accent hover:underline"
          >
            <AppName id={appId} />
          </ScopedLink>
        </DescriptionItem>
        <DescriptionItem label="Account">
          <AccountName id={accountId} />
        </DescriptionItem>
        <DescriptionItem label="First seen">
          <Time at={firstSeenAt} format="date" />
        </DescriptionItem>
        {openedAt !== firstSeenAt && (
          <DescriptionItem label="Opened again">
            <Time at={openedAt} format="date" />
          </DescriptionItem>
        )}
        <DescriptionItem label="Last failure">
          <Time at={lastSeenAt} format="date" />
        </DescriptionItem>
        {closedAt !== null && (
          <DescriptionItem label="Closed">
            <Time at={closedAt} format="date" />
          </DescriptionItem>
        )}
        <DescriptionItem label="Note">
          {note === null ? (
            <span className="text-ink-3">None</span>
          ) : (
            <bdi className="break-words whitespace-pre-wrap">{note}</bdi>
          )}
        </DescriptionItem>
        <DescriptionItem label="ID">
          <CopyableId id={incident.id} />
        </DescriptionItem>
      </DescriptionList>
    </Card>
  );
}
