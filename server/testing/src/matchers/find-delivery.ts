import type { SeenAnswer } from '../receiver/test-receiver.ts';

/** What matchers read of a fake receiver. */
export interface SeenReceiver {
  readonly name: string;
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  log(): string;
  explainMissing(type?: string): readonly string[];
}

interface SeenRequest {
  readonly answer: SeenAnswer;
  readonly event: { readonly type: string; readonly data: unknown };
}

/** The part of a matcher's `this` in vitest and jest that is used. */
export interface MatcherTools {
  readonly isNot?: boolean;
  readonly equals: (a: unknown, b: unknown, testers?: never[]) => boolean;
  readonly utils: {
    readonly printExpected: (value: unknown) => string;
    readonly diff: (a: unknown, b: unknown) => string | null | undefined;
    readonly subsetEquality: unknown;
    readonly iterableEquality: unknown;
  };
}

export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Which requests count: all that arrived, or those that were answered with 2xx. */
type Kind = 'received' | 'delivered';

/** Checks whether a receiver got an event, and explains what it saw otherwise. */
export function checkDelivery(
  tools: MatcherTools,
  kind: Kind,
  { actual, type, data }: { readonly actual: unknown; readonly type: unknown; readonly data: unknown },
): MatcherResult {
  const receiver = requireReceiver(actual);
  const ofType = receiver.requests.filter(({ event }) => type === undefined || event.type === type);
  const counted = ofType.filter(({ answer }) => kind === 'received' || isSuccess(answer));
  const matches = (value: unknown): boolean =>
    data === undefined ||
    // `as`: the comparisons of both runners, which their types hide.
    tools.equals(value, data, [tools.utils.iterableEquality, tools.utils.subsetEquality] as never[]);
  const pass = counted.some(({ event }) => matches(event.data));
  return {
    pass,
    message: () => {
      const wanted = `${type === undefined ? 'an event' : JSON.stringify(type)}${
        data === undefined ? '' : ` with data ${tools.utils.printExpected(data)}`
      }`;
      const not = pass ? 'not ' : '';
      const head = `expected receiver "${receiver.name}" ${not}to have ${kind} ${wanted}`;
      const lines = [head, '', `It saw ${toCount(receiver.requests.length)}:`, receiver.log()];
      if (!pass) lines.push(...toReasons(tools, receiver, { kind, type, data, ofType, counted }));
      return lines.join('\n');
    },
  };
}

interface Missing {
  readonly kind: Kind;
  readonly type: unknown;
  readonly data: unknown;
  readonly ofType: readonly SeenRequest[];
  readonly counted: readonly SeenRequest[];
}

function toReasons(
  tools: MatcherTools,
  receiver: SeenReceiver,
  { kind, type, data, ofType, counted }: Missing,
): readonly string[] {
  const last = counted.at(-1);
  if (last !== undefined) {
    return ['', 'The data of the last one differs:', tools.utils.diff(data, last.event.data) ?? ''];
  }
  const arrived = ofType.length > 0 && kind === 'delivered' ? ['', 'It arrived, but no answer was 2xx.'] : [];
  const explained = receiver.explainMissing(typeof type === 'string' ? type : undefined);
  return [...arrived, '', 'Tocsin explains:', ...explained.map((line) => `- ${line}`)];
}

function requireReceiver(actual: unknown): SeenReceiver {
  if (typeof actual === 'object' && actual !== null && 'requests' in actual && 'explainMissing' in actual) {
    // `as`: a fake receiver of any copy of this package.
    return actual as SeenReceiver;
  }
  throw new TypeError('expect() must get a receiver of the test kit: the result of tocsin.receiver()');
}

function isSuccess(answer: SeenAnswer): boolean {
  return typeof answer === 'number' && answer >= 200 && answer < 300;
}

function toCount(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`;
}
