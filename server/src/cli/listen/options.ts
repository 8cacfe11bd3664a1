import { format, profile, signing } from '@tocsin/shared';
import type { OptionSpecs, OptionValues } from '../command.ts';
import { serverOptions } from '../connect.ts';

export const listenOptions = {
  app: {
    type: 'string',
    value: 'id',
    summary: 'app whose events are forwarded (default: that of --webhook)',
  },
  forward: { type: 'string', value: 'url', summary: 'address of the receiver (required)' },
  types: {
    type: 'string',
    multiple: true,
    alias: 'type',
    value: 'a,b.*',
    summary: 'event types or patterns; repeatable (default: those of --webhook, or all)',
  },
  since: {
    type: 'string',
    value: 'time',
    summary: 'first send stored events since a time: ISO 8601, or a duration such as 1h',
  },
  'load-from-last': { type: 'string', value: 'number', summary: 'first send this many stored events' },
  once: { type: 'boolean', summary: 'exit after the stored events; 1 if the receiver rejected one' },
  webhook: { type: 'string', value: 'id', summary: 'sign and format like this webhook' },
  profile: {
    type: 'string',
    choices: profile.options,
    summary: `signing scheme (${profile.options.join(', ')}; default: that of --webhook, or standard)`,
  },
  signing: {
    type: 'string',
    choices: signing.options,
    summary: `signature of the profile standard (${signing.options.join(', ')}; default: that of --webhook, or hmac)`,
  },
  format: {
    type: 'string',
    choices: format.options,
    summary: `format of the body (${format.options.join(', ')}; default: that of --webhook, or json)`,
  },
  header: { type: 'string', multiple: true, value: 'name: value', summary: 'request header; repeatable' },
  secret: {
    type: 'string',
    value: 'secret',
    summary: 'secret to sign with; process lists show it (default: TOCSIN_WEBHOOK_SECRET, or one of the app)',
  },
  'print-secret': { type: 'boolean', summary: 'print the secret and exit' },
  retries: { type: 'string', value: 'number', summary: 'attempts after a failed one (default: 0)' },
  ...serverOptions,
} as const satisfies OptionSpecs;

export type ListenOptions = OptionValues<typeof listenOptions>;
