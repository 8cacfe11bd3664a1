import { describe, expect, it } from 'vitest';
import type { Downcast, EventType, EventTypeVersion } from '../../../../server/src/domain/event-type.ts';
import {
  render,
  toLateRendering,
  toRenderings,
} from '../../../../server/src/services/event-types/render-versions.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';

const name = 'invoice.paid';

const version = (number: number): EventTypeVersion => ({
  type: name,
  version: number,
  description: 'd',
  example: {},
  hasAppId: false,
  searchable: [],
  presentation: undefined,
  getSchema: () => ({}),
  validate: (data) =>
    Object.hasOwn(data, `v${number}`)
      ? { data }
      : { problems: [{ path: `v${number}`, message: 'is missing' }] },
});

const versions = [1, 2, 3].map(version);
const latest = version(3);
const toV =
  (number: number): Downcast =>
  (data) => ({ [`v${number}`]: data['v3'] });

const aType = (downcast: EventType['downcast'] = { 1: toV(1), 2: toV(2) }): EventType => ({
  name,
  family: null,
  source: null,
  subscribable: true,
  versions: [...versions.slice(0, 2), latest],
  downcast,
});

const pinned = (number: number) => aWebhook({ eventVersions: { [name]: number } });

describe('the data of an event', () => {
  it('is rendered once for each older version that a target is pinned to', () => {
    const targets = [pinned(1), pinned(2), aWebhook(), pinned(1), aWebhook({ eventVersions: { other: 2 } })];
    expect(toRenderings(aType(), latest, '{"v3":"x"}', targets)).toEqual([
      { version: 1, dataText: '{"v1":"x"}', targets: [targets[0]?.id, targets[3]?.id] },
      { version: 2, dataText: '{"v2":"x"}', targets: [targets[1]?.id] },
    ]);
  });

  it('is not rendered if no target is pinned, or the event has an older version itself', () => {
    expect(toRenderings(aType(), latest, '{"v3":"x"}', [aWebhook(), pinned(3)])).toBeUndefined();
    expect(toRenderings(aType(), versions[1] ?? latest, '{"v2":"x"}', [pinned(1)])).toBeUndefined();
    const fixed = { ...aType(), downcast: undefined };
    expect(toRenderings(fixed, latest, '{"v3":"x"}', [pinned(1)])).toBeUndefined();
  });

  it('of a stored event is rendered later only if it has the newest version', () => {
    const event = (dataText: string) => anEvent({ type: name, dataText });
    expect(toLateRendering(aType(), event('{"v3":"x"}'), pinned(2))).toMatchObject({
      version: 2,
      dataText: '{"v2":"x"}',
    });
    expect(toLateRendering(aType(), event('{"v2":"x"}'), pinned(1))).toBeUndefined();
    expect(toLateRendering(aType(), event('{"v3":"x"}'), aWebhook())).toBeUndefined();
  });

  it.each<[string, Downcast, string]>([
    [
      'throws',
      () => {
        throw new Error('no tax');
      },
      'no tax',
    ],
    [
      'throws a text',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- what a careless catalog does
        throw 'no tax';
      },
      'no tax',
    ],
    ['returns a list', () => [1], 'it returned no object'],
    ['returns nothing', () => undefined as unknown as object, 'it returned no object'],
    ['returns a function', () => () => 1, 'it returned no object'],
    ['returns too much', () => ({ a: 'é'.repeat(102_400) }), 'it returned more than 204800 bytes of JSON'],
  ])('is not rendered by a function that %s, and the error says why', (_, downcast, reason) => {
    expect(() => render(aType({ 1: downcast }), 1, '{"v3":"x"}')).toThrow(
      expect.objectContaining({
        code: 'INTERNAL',
        message: `the downcast of ${name} to version 1 failed: ${reason}`,
      }) as Error,
    );
  });

  it('may be changed by a function without effect on others, up to the size limit', () => {
    const clear: Downcast = (data) => {
      const text = { a: 'x'.repeat(204_800 - 8) };
      delete (data as Record<string, unknown>)['v3'];
      return text;
    };
    expect(render(aType({ 1: clear }), 1, '{"v3":"x"}')).toHaveLength(204_800);
    const both = toRenderings(aType({ 1: clear, 2: toV(2) }), latest, '{"v3":"x"}', [pinned(1), pinned(2)]);
    expect(both?.[1]?.dataText).toBe('{"v2":"x"}');
  });
});
