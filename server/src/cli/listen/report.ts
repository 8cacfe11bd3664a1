import type { Reconnect } from '@tocsin/client';
import type { Context, Style } from '../command.ts';
import { toPrintableLine } from '../output/printable.ts';
import { toShortTime } from '../output/time.ts';
import type { ForwardedEvent } from './forwarded-event.ts';
import type { ForwarderOptions, ForwardResult } from './forwarder.ts';
import type { ListenSettings } from './settings.ts';

/** What `listen` prints. */
export interface ListenReport {
  readonly start: () => void;
  readonly connected: () => void;
  readonly disconnected: (reconnect: Reconnect) => void;
  readonly result: ForwarderOptions['onResult'];
  readonly end: (text: string, counts: { readonly accepted: number; readonly failed: number }) => void;
}

/** Characters of a response in a pipe, where no width limits them. */
const maxReplyLength = 200;

/** Prints a line for each attempt, or one JSON object. Everything else goes to standard error. */
export function createReport(
  settings: ListenSettings,
  { isJson, print, progress, result, terminal }: Context,
): ListenReport {
  const { appId, url, profile, format, secret, publicKey, isOwnSecret, types, differences } = settings;
  let isLost = false;
  return {
    start: () => {
      const selected = types === undefined || types.includes('*') ? 'all events' : types.join(', ');
      progress(`forwarding ${selected} of ${appId} to ${url.origin}${url.pathname} (${profile}, ${format})`);
      for (const difference of differences) progress(`note: ${difference}`);
      if (isOwnSecret) progress(`the receiver verifies with the secret ${publicKey ?? secret}`);
    },
    connected: () => {
      progress(isLost ? 'connected again; no event is missing' : 'ready; Ctrl-C ends');
      isLost = false;
    },
    disconnected: ({ error }) => {
      if (!isLost) progress(`connection lost (${error.code}: ${error.message}); reconnecting`);
      isLost = true;
    },
    result: (event, outcome, { number, retryInMs }) => {
      if (isJson) result(toJson(event, outcome, { number, retryInMs }), '');
      else print(fit(toLine(event, outcome, retryInMs), terminal.columns), toStyle(outcome));
    },
    end: (text, counts) => {
      progress(text);
      if (isJson) result({ kind: 'summary', ...counts }, '');
    },
  };
}

function toStyle({ isAccepted, statusCode }: ForwardResult): Style {
  return isAccepted ? 'good' : statusCode === null ? 'bad' : 'doubtful';
}

function toLine(
  { id, type }: ForwardedEvent,
  { statusCode, reason, durationMs, reply }: ForwardResult,
  retryInMs: number | undefined,
): string {
  const words = [
    // The status of a response that broke off decides nothing, so the reason stands first.
    reason === null || reason === 'http_status' ? String(statusCode) : reason,
    toShortTime(new Date().toISOString()) ?? '',
    type,
    id,
    `${durationMs} ms`,
    ...(retryInMs === undefined ? [] : [`retry in ${retryInMs / 1_000} s`]),
    toPrintableLine(reply.trim()).slice(0, maxReplyLength),
  ];
  return words.filter((word) => word !== '').join('  ');
}

/** Cuts a line to the width of the terminal. Only the response, which stands last, is that long. */
function fit(line: string, columns: number | undefined): string {
  return columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

function toJson(
  { id, appId, type, timestamp }: ForwardedEvent,
  { isAccepted, statusCode, reason, durationMs, reply }: ForwardResult,
  { number, retryInMs }: Parameters<ForwarderOptions['onResult']>[2],
): object {
  return {
    kind: 'attempt',
    event: { id, appId, type, timestamp },
    attempt: number,
    accepted: isAccepted,
    statusCode,
    reason,
    durationMs,
    retryInMs: retryInMs ?? null,
    reply: reply.slice(0, maxReplyLength),
  };
}
