const integerFormat = new Intl.NumberFormat('en');
const compactFormat = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(value: number): string {
  return value < 100_000 ? integerFormat.format(value) : compactFormat.format(value);
}

/** Formats a count with its noun: `1 delivery`, `2 deliveries`. */
export function pluralize(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Formats a ratio as a percentage. Rounds down, so that 99.996% is not shown as 100%. */
export function formatPercent(ratio: number): string {
  if (ratio === 1) return '100%';
  const value = Math.floor(ratio * 10_000) / 100;
  return `${value >= 99 ? value.toFixed(2) : value.toFixed(1)}%`;
}

export function formatDuration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return joinUnits(ms / 3_600_000, 'h', (ms % 3_600_000) / 60_000, 'min');
  return joinUnits(ms / 86_400_000, 'd', (ms % 86_400_000) / 3_600_000, 'h');
}

/** Leaves out a smaller unit of which there is none: `1 h`, `1 h 5 min`. */
function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor(small);
  return `${Math.floor(large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

const exactFormat = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** Formats a timestamp with milliseconds and the time zone, for tooltips. */
export function formatExactTime(iso: string): string {
  return `${exactFormat.format(new Date(iso))} (${iso})`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

export function formatClockTime(iso: string): string {
  return clockFormat.format(new Date(iso));
}

const longDayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
});

/** Formats a local date: `Today`, `Yesterday`, or `Fri, 2 Jan 2026`. */
export function formatDay(iso: string, now: number): string {
  const day = new Date(iso).toDateString();
  const today = new Date(now);
  if (day === today.toDateString()) return 'Today';
  today.setDate(today.getDate() - 1);
  return day === today.toDateString() ? 'Yesterday' : longDayFormat.format(new Date(iso));
}

export function formatDateTime(iso: string): string {
  const date = new Date(iso);
  return `${dayFormat.format(date)}, ${clockFormat.format(date)}`;
}

/** Formats a time relative to `now`: `12 s ago`, `in 4 min`. Returns a date beyond one week. */
export function formatRelativeTime(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const distance = Math.abs(ms);
  if (distance < 5_000) return ms > 0 ? 'in a moment' : 'just now';
  const text = roundDuration(distance);
  if (text === undefined) return dayFormat.format(new Date(iso));
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function roundDuration(ms: number): string | undefined {
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return ms < 7 * 86_400_000 ? `${Math.floor(ms / 86_400_000)} d` : undefined;
}

/** Formats a date for a `datetime-local` input, which has no zone and shows local time. */
export function toDateTimeInput(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** Reads the value of a `datetime-local` input. Returns undefined if it is not a complete date. */
export function isoFromDateTimeInput(value: string): string | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Indents JSON. Returns other text unchanged. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
