const whole = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function count(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}

/** `1 delivery`, `2 deliveries`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Never rounds a failure away: 99.96 % is not 100 %. */
export function percent(ratio: number): string {
  if (ratio === 1) return '100%';
  const value = Math.floor(ratio * 10_000) / 100;
  return `${value >= 99 ? value.toFixed(2) : value.toFixed(1)}%`;
}

export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(ms / 86_400_000)} d ${Math.floor((ms % 86_400_000) / 3_600_000)} h`;
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

/** With milliseconds and the zone: what is shown on hover. */
export function exactTime(iso: string): string {
  return `${exactFormat.format(new Date(iso))} (${iso})`;
}

const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

export function clockTime(iso: string): string {
  return clockFormat.format(new Date(iso));
}

export function dayAndTime(iso: string): string {
  const date = new Date(iso);
  return `${dayFormat.format(date)}, ${clockFormat.format(date)}`;
}

/** `12 s ago`, `in 4 min`; a date when it is more than a week away. */
export function relativeTime(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const distance = Math.abs(ms);
  if (distance < 5_000) return ms > 0 ? 'in a moment' : 'just now';
  const text = roughly(distance);
  if (text === undefined) return dayFormat.format(new Date(iso));
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function roughly(ms: number): string | undefined {
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return ms < 7 * 86_400_000 ? `${Math.floor(ms / 86_400_000)} d` : undefined;
}

/** For `datetime-local`, which knows no zone: the reader's own. */
export function toLocalInput(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function fromLocalInput(value: string): string | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
