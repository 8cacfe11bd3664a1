/**
 * Writes docs/destinations.md from the formatters and the catalog's examples. With `--check` it writes nothing and
 * fails when the page is not what it would write.
 *
 *   node --conditions=@tocsin/source --import tsx scripts/write-destinations.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { anyEventTypes, getEventDefinition, type AnyEventType } from '@tocsin/shared';
import { format, resolveConfig } from 'prettier';
import { getColor, type MessageKind } from '../server/src/delivery/destinations/message/color.ts';
import { discordBody, type DiscordBody } from '../server/src/delivery/destinations/discord.ts';
import { formatBody } from '../server/src/delivery/destinations/format-body.ts';
import type { Message } from '../server/src/delivery/destinations/message/message.ts';
import { getPresentation } from '../server/src/delivery/destinations/message/presentation.ts';
import { slackBody, type SlackBody } from '../server/src/delivery/destinations/slack.ts';
import { teamsBody, type CardElement, type TeamsBody } from '../server/src/delivery/destinations/teams.ts';

const page = fileURLToPath(new URL('../docs/destinations.md', import.meta.url));

const colourNames: Readonly<Record<MessageKind, string>> = {
  'sign-in': 'green',
  removal: 'red',
  creation: 'blue',
  neutral: 'grey',
};

const introduction = `
# Discord, Slack and Teams

<!-- Written by scripts/write-destinations.ts from the formatters. Do not edit. -->

A webhook whose URL is that of a chat service gets a message that people can read instead of the raw event. This page
shows each event as it appears, made from the catalog's example, and the body that is sent.

## Which body is sent

| \`format\` of the webhook | URL | body |
| --- | --- | --- |
| \`auto\` | \`https://discord.com/api/webhooks/…\`, also \`discordapp.com\`, \`ptb.\` and \`canary.\` | Discord embed |
| \`auto\` | the same, ending in \`/slack\` | Slack message, of which Discord shows the text alone: use the plain URL |
| \`auto\` | the same, ending in \`/github\` | JSON |
| \`auto\` | \`https://hooks.slack.com/services/…\`, also \`hooks.slack-gov.com\` | Slack message |
| \`auto\` | \`https://hooks.slack.com/workflows/…\` and \`/triggers/…\` | flat strings for a Slack workflow |
| \`auto\` | anything else | JSON |
| \`discord\`, \`slack\`, \`teams\`, \`json\` | any | as asked |

Teams is never guessed: the URL of a Teams workflow looks like that of any other Logic App. Make a workflow from "When a
Teams webhook request is received" that posts the card, and create the webhook with \`format: "teams"\`.

A Slack workflow gets the variables \`event\`, \`timestamp\` and every field of the event under its own name, all of them
strings; what is empty is \`-\`:

\`\`\`json
${formatBody('slack-workflow', exampleOf('user.login'))}
\`\`\`

## What all of them have in common

- **Colours**: green for sign-ins, red for bans, revocations and deletions, blue for registrations and creations, grey
  for everything else.
- **License keys** are masked to their last four characters, wherever in the message they stand. Fields that the
  catalog does not know stay out of the chat.
- **Nobody is called**: \`@everyone\`, \`<!channel>\` and their like are shown as text, and so is markup.
- **Limits** of the services are held by cutting long values, with an ellipsis, at 256 characters (long texts such as a
  reason at 1,024 or more).
- **No secret**: a chat service gets neither the webhook's secret nor a signature nor its custom headers, only
  \`Content-Type\` and \`User-Agent\`.
- **Who sends**: Discord asks senders to name an address in their \`User-Agent\` and may block others. It is told the first of
  \`PUBLIC_HOSTS\`: \`DiscordBot (https://hooks.example.com, 0.1.0) Tocsin/0.1.0\`. Where that is unset, and at all other services, it
  is \`Tocsin/0.1.0\`.

## What their answers mean

| service | succeeded | the webhook is disabled | waits |
| --- | --- | --- | --- |
| Discord | 2xx (sent with \`wait=true\`, so that it means posted) | 404 with code 10015 | as \`X-RateLimit-*\`, \`Retry-After\` and \`retry_after\` say |
| Slack | 200 with the text \`ok\` | 410; \`no_service\`, \`channel_is_archived\`; 403 \`invalid_token\` | one message a second |
| Slack workflow | 2xx, unless it says \`"ok": false\` | 410 | one message a second |
| Teams | 200 or 202 (the workflow was started; whether it posted is not told) | 410 | four messages a second |

Everything else is tried again, as for any other receiver.

## The events
`;

function sectionOf(type: AnyEventType): string {
  const definition = getEventDefinition(type);
  const kind = getPresentation(type).kind;
  const message = exampleOf(type);
  const discord = discordBody(message);
  const slack = slackBody(message);
  const teams = teamsBody(message);
  return [
    `### \`${type}\``,
    `${definition.description} Shown in ${colourNames[kind]} (\`${getColor(kind).hex}\`).`,
    shown('Discord', discordAsText(discord), discord),
    shown('Slack', slackAsText(slack), slack),
    shown('Teams', teamsAsText(teams), teams),
  ].join('\n\n');
}

function exampleOf(type: AnyEventType): Message {
  const { example } = getEventDefinition(type);
  return {
    id: 'evt_01hzy3v9k2m4n6p8q0r2s4t600',
    type,
    timestamp: '2026-04-10T15:30:00.000Z',
    appId: String(example['appId']),
    dataText: JSON.stringify(example),
  };
}

function shown(service: string, lines: readonly string[], body: object): string {
  return [
    `**${service}**`,
    ['```text', ...lines, '```'].join('\n'),
    `<details><summary>Body for ${service}</summary>`,
    ['```json', JSON.stringify(body), '```'].join('\n'),
    '</details>',
  ].join('\n\n');
}

/** Discord: a bar in the color at the left of everything, three fields in a row. */
function discordAsText({ username, embeds: [embed] }: DiscordBody): string[] {
  const lines = [embed.title, ...(embed.description === undefined ? [] : [plain(embed.description)])];
  const inline = embed.fields.filter((field) => field.inline);
  for (let i = 0; i < inline.length; i += 3) {
    const row = inline.slice(i, i + 3).map(({ name, value }) => [name, plain(value)] as const);
    lines.push('', ...inColumns(row));
  }
  for (const field of embed.fields.filter((field) => !field.inline))
    lines.push('', field.name, plain(field.value));
  lines.push(
    '',
    `${embed.footer.text} · ${embed.timestamp.slice(0, 16).replace('T', ' ')} (in the reader's time)`,
  );
  return [username, ...lines.map(barred)];
}

/** Slack: the title above, the bar at the left of the rest, two fields in a row. */
function slackAsText({ blocks: [header], attachments: [attachment] }: SlackBody): string[] {
  const lines: string[] = [];
  for (const block of attachment.blocks) {
    if (lines.length > 0) lines.push('');
    if (block.type === 'context') lines.push(block.elements[0].text);
    else if ('text' in block) lines.push(...plain(block.text.text).split('\n'));
    else {
      for (let i = 0; i < block.fields.length; i += 2) {
        if (i > 0) lines.push('');
        lines.push(...inColumns(block.fields.slice(i, i + 2).map((text) => labelAndValue(plain(text.text)))));
      }
    }
  }
  return [header.text.text, ...lines.map(barred)];
}

/** Teams: the title on a coloured band, one field in a row. */
function teamsAsText({ attachments: [attachment] }: TeamsBody): string[] {
  return attachment.content.body.flatMap(elementAsText);
}

function elementAsText(element: CardElement): string[] {
  switch (element.type) {
    case 'Container':
      return element.items.map((title) => `▌ ${title.text}`);
    case 'ColumnSet': {
      const [label = '', value = ''] = element.columns.map((column) => column.items[0].inlines[0].text);
      return [`  ${label.padEnd(18)}${value}`];
    }
    case 'RichTextBlock':
      return element.inlines.map((run) => `  ${run.text}`);
  }
}

function inColumns(cells: readonly (readonly [string, string])[]): string[] {
  return ([0, 1] as const).map((line) =>
    cells
      .map((cell) => cell[line].padEnd(26))
      .join('')
      .trimEnd(),
  );
}

function labelAndValue(text: string): readonly [string, string] {
  const [label = '', value = ''] = text.split('\n');
  return [label, value];
}

/** Without the markup, as it is rendered. The examples contain none of their own. */
function plain(text: string): string {
  return text.replace(/\\([^\p{L}\p{N}\s])/gu, '$1').replace(/[`*]/g, '');
}

function barred(line: string): string {
  return `▌ ${line}`.trimEnd();
}

async function pageText(): Promise<string> {
  const text = [introduction.trim(), ...anyEventTypes.map(sectionOf)].join('\n\n');
  return format(text, { ...(await resolveConfig(page)), parser: 'markdown' });
}

const wanted = await pageText();
if (!process.argv.includes('--check')) {
  await writeFile(page, wanted);
} else if ((await readFile(page, 'utf8')) !== wanted) {
  console.error('docs/destinations.md is not what the formatters make: run scripts/write-destinations.ts');
  process.exitCode = 1;
}
