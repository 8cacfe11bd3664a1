import type { SeenAnswer } from './test-receiver.ts';

interface SeenRequest {
  readonly at: Date;
  readonly answer: SeenAnswer;
  readonly isDuplicate: boolean;
  readonly event: { readonly type: string; readonly id: string };
}

/** Lists requests, one line each: number, time since the first, event, id, answer. */
export function describeRequests(requests: readonly SeenRequest[]): string {
  const [first] = requests;
  if (first === undefined) return '(no request)';
  const attempts = new Map<string, number>();
  return requests
    .map(({ at, answer, isDuplicate, event: { type, id } }, index) => {
      const attempt = (attempts.get(id) ?? 0) + (isDuplicate ? 0 : 1);
      attempts.set(id, attempt);
      const kind = isDuplicate ? 'duplicate' : `attempt ${attempt}`;
      return `${index + 1}. +${toText(at.getTime() - first.at.getTime())} ${type} ${id} ${kind} -> ${answer}`;
    })
    .join('\n');
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** `2h 5m`, `350ms`. */
function toText(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? '0ms' : parts.join(' ');
}
