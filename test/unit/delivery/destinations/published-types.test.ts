import type { HeaderBlock, KnownBlock, MessageAttachment } from '@slack/types';
import type { APIEmbed, RESTPostAPIWebhookWithTokenJSONBody } from 'discord-api-types/v10';
import { expectTypeOf, test } from 'vitest';
import type { DiscordBody, DiscordEmbed } from '../../../../server/src/delivery/destinations/discord.ts';
import type { SlackAttachment, SlackHeader } from '../../../../server/src/delivery/destinations/slack.ts';

// The compiler checks these; the tests only name the assertions. Our types have fewer fields than the
// published ones, and each field must be one of theirs.

test('Discord bodies match the published types, field by field', () => {
  expectTypeOf<DiscordBody>().toExtend<RESTPostAPIWebhookWithTokenJSONBody>();
  expectTypeOf<DiscordEmbed>().toExtend<APIEmbed>();
  expectTypeOf<keyof DiscordBody>().toExtend<keyof RESTPostAPIWebhookWithTokenJSONBody>();
  expectTypeOf<keyof DiscordEmbed>().toExtend<keyof APIEmbed>();
});

test('Slack bodies match the published types, field by field', () => {
  expectTypeOf<SlackAttachment>().toExtend<MessageAttachment>();
  expectTypeOf<keyof SlackAttachment>().toExtend<keyof MessageAttachment>();
  expectTypeOf<SlackAttachment['blocks'][number]>().toExtend<KnownBlock>();
  expectTypeOf<SlackHeader>().toExtend<HeaderBlock>();
  expectTypeOf<keyof SlackHeader>().toExtend<keyof HeaderBlock>();
});
