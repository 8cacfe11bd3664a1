import type { AlertChannelKind, AlertKind, AlertMessageView } from '@tocsin/shared';

export const channelKindLabels: Readonly<Record<AlertChannelKind, string>> = {
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Microsoft Teams',
  email: 'E-mail',
  webhook: 'Webhook',
};

export const alertKindLabels: Readonly<Record<AlertKind, string>> = {
  failing: 'Webhook failing',
  paused: 'Webhook paused',
  disabled: 'Webhook disabled',
  disable_warning: 'About to be disabled',
  backlog: 'Deliveries waiting',
  lag: 'Sending is behind',
};

export const messageKindLabels: Readonly<Record<AlertMessageView['kind'], string>> = {
  opened: 'Alert',
  reminder: 'Reminder',
  resolved: 'Resolved',
  test: 'Test',
};

/** The unit in which people think of the time of a rule, and what it means. Undefined: the kind has none. */
export const afterWords: Readonly<
  Record<
    AlertKind,
    { readonly label: string; readonly unit: 'minutes' | 'hours'; readonly seconds: number } | undefined
  >
> = {
  failing: { label: 'After failing for', unit: 'minutes', seconds: 600 },
  paused: { label: 'After being paused for', unit: 'minutes', seconds: 300 },
  disabled: undefined,
  disable_warning: { label: 'Before the disabling', unit: 'hours', seconds: 86_400 },
  backlog: undefined,
  lag: { label: 'After waiting for', unit: 'minutes', seconds: 60 },
};

export const unitSeconds = { minutes: 60, hours: 3_600 } as const;

/** The condition of a rule in words: `failing for 10 min`. */
export function describeRule(rule: {
  readonly kind: AlertKind;
  readonly afterSeconds: number;
  readonly waiting: number;
}): string {
  switch (rule.kind) {
    case 'failing':
      return `A webhook has failed for ${toSpan(rule.afterSeconds)}`;
    case 'paused':
      return `A webhook has been paused for ${toSpan(rule.afterSeconds)}`;
    case 'disabled':
      return 'The server disabled a webhook';
    case 'disable_warning':
      return `A webhook is disabled in ${toSpan(rule.afterSeconds)} or less`;
    case 'backlog':
      return `${rule.waiting.toLocaleString('en')} deliveries or more are waiting`;
    case 'lag':
      return `An event has waited ${toSpan(rule.afterSeconds)} for its first attempt`;
  }
}

function toSpan(seconds: number): string {
  if (seconds % 86_400 === 0 && seconds >= 172_800) return `${seconds / 86_400} days`;
  if (seconds % 3_600 === 0 && seconds >= 3_600) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
