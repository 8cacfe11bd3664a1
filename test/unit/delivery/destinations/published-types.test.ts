import type { HeaderBlock, KnownBlock, MessageAttachment } from '@slack/types';
import type { APIEmbed, RESTPostAPIWebhookWithTokenJSONBody } from 'discord-api-types/v10';
import { expectTypeOf, test } from 'vitest';
import type { DiscordBody, DiscordEmbed } from '../../../../server/src/delivery/destinations/discord.ts';
import type { SlackAttachment, SlackHeader } from '../../../../server/src/delivery/destinations/slack.ts';

// Held by the compiler: the tests only give the assertions a name. Our types name fewer fields than the published
// ones, and every field must be one of theirs.

test('what goes to Discord is a body of its published types, field by field', () => {
  expectTypeOf<DiscordBody>().toExtend<RESTPostAPIWebhookWithTokenJSONBody>();
  expectTypeOf<DiscordEmbed>().toExtend<APIEmbed>();
  expectTypeOf<keyof DiscordBody>().toExtend<keyof RESTPostAPIWebhookWithTokenJSONBody>();
  expectTypeOf<keyof DiscordEmbed>().toExtend<keyof APIEmbed>();
});

test('what goes to Slack is made of its published blocks, field by field', () => {
  expectTypeOf<SlackAttachment>().toExtend<MessageAttachment>();
  expectTypeOf<keyof SlackAttachment>().toExtend<keyof MessageAttachment>();
  expectTypeOf<SlackAttachment['blocks'][number]>().toExtend<KnownBlock>();
  expectTypeOf<SlackHeader>().toExtend<HeaderBlock>();
  expectTypeOf<keyof SlackHeader>().toExtend<keyof HeaderBlock>();
});
