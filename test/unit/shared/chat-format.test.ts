import { format, isChat, type ChatFormat } from '@tocsin/shared';
import { expect, it } from 'vitest';

it('isChat selects the formats that produce a chat message', () => {
  const chatFormats: readonly ChatFormat[] = format.options.filter(isChat);
  expect(chatFormats).toEqual(['discord', 'slack', 'teams']);
});
