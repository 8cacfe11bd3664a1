import { expect, it } from 'vitest';
import type { AlertChannel } from '../../../../server/src/domain/alert.ts';
import { AlertSender, type Sent } from '../../../../server/src/services/alerts/send-alerts.ts';
import { MemoryAlertStore } from '../../../../server/testing/src/store/alerts/alert-store.ts';
import { anAlertChannel, anAlertMessage } from '../../../support/alert-builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { silent } from '../../../support/silent-log.ts';

const minute = 60_000;
const taken: Sent = { error: null, isFinal: true };

function scene(answer: (channel: AlertChannel) => Promise<Sent> = async () => taken, waitMs?: number) {
  const clock = new FakeClock();
  const alerts = new MemoryAlertStore();
  const sent: string[] = [];
  const send = async (channel: AlertChannel) => {
    sent.push(channel.name);
    return await answer(channel);
  };
  const sender = new AlertSender({
    alerts,
    send,
    clock,
    log: silent,
    ...(waitMs !== undefined && { waitMs }),
  });
  const addChannel = async (name: string, accountId: string | null, messages: number) => {
    const channel = anAlertChannel({ name, accountId });
    await alerts.insertChannel(channel, 99);
    await addMessages(channel, messages);
    return channel;
  };
  const addMessages = async ({ id, accountId }: AlertChannel, count: number) => {
    const messages = Array.from({ length: count }, () =>
      anAlertMessage(clock.now(), { channelId: id, accountId }),
    );
    await alerts.apply({ opened: [], told: [], closed: [], messages });
  };
  const count = (name: string) => sent.filter((other) => other === name).length;
  return { clock, alerts, sender, addChannel, addMessages, count };
}

it('sends to other channels while one takes its messages slowly, and to that one once at a time', async () => {
  let release: (sent: Sent) => void = () => {};
  const slow = new Promise<Sent>((resolve) => (release = resolve));
  const answer = async ({ name }: AlertChannel) => (name === 'slow' ? await slow : taken);
  const { sender, addChannel, addMessages, count } = scene(answer, 1);
  await addChannel('slow', 'acc_a', 3);
  const ours = await addChannel('ours', null, 1);
  await sender.run();
  expect([count('slow'), count('ours')]).toEqual([1, 1]);
  await addMessages(ours, 1);
  await sender.run();
  expect([count('slow'), count('ours')]).toEqual([1, 2]);
  release(taken);
  await sender.stop();
  expect(count('slow')).toBe(1);
});

it('reaches a channel behind any number of messages to the channels of another account', async () => {
  const { clock, alerts, sender, addChannel, count } = scene();
  const flooded = await addChannel('flooded', 'acc_a', 250);
  clock.advance(1);
  await addChannel('ours', null, 2);
  await sender.run();
  expect([count('flooded'), count('ours')]).toEqual([10, 2]);
  // Those that have no room wait together, so that they fill no later read.
  expect(await alerts.listDue(clock.now() + 5 * minute, 500)).toEqual([]);
  expect(await alerts.countWaiting([flooded.id], 500)).toEqual(new Map([[flooded.id, 240]]));
  clock.advance(10 * minute);
  await sender.run();
  expect(count('flooded')).toBe(20);
});
