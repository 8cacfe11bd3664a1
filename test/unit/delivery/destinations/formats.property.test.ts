import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DestinationName } from '../../../../server/src/delivery/destinations/destination.ts';
import type { Message } from '../../../../server/src/delivery/destinations/message/message.ts';
import { destinationNames, destinations } from '../../../../server/src/delivery/destinations/registry.ts';
import { discordProblems } from '../../../support/fake-discord.ts';
import { slackProblems, slackWorkflowProblems } from '../../../support/fake-slack.ts';
import { teamsProblems } from '../../../support/fake-teams.ts';
import { arbitraryMessage } from './arbitrary-message.ts';

const findProblems: Readonly<Record<DestinationName, (body: unknown) => string[]>> = {
  discord: discordProblems,
  slack: slackProblems,
  'slack-workflow': slackWorkflowProblems,
  teams: teamsProblems,
};

function toBody(name: DestinationName, message: Message): string {
  return destinations[name].body(message);
}

/**
 * The share of the 10,000 cases that a run takes. FUZZ_SHARE=1 takes all of them, which reaches the rare
 * ones.
 */
const fuzzShare = Number(process.env['FUZZ_SHARE'] ?? 0.2);
const runs = { numRuns: 10_000 * fuzzShare };

/** A bidirectional override, a control character or half a pair. */
const invisible = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

describe('any event, with any untrusted content', { timeout: 120_000 }, () => {
  test('has a body that every destination accepts, without mentions and markup', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        expect(destinationNames.flatMap((name) => findViolations(name, toBody(name, message)))).toEqual([]);
      }),
      runs,
    );
  });

  test('never shows a full license key, wherever it occurs in the event', () => {
    const key = fc.string({
      unit: fc.constantFrom(...Array.from('ABCDEFGHJKMNPQRSTVWXYZ23456789-')),
      minLength: 8,
      maxLength: 40,
    });
    fc.assert(
      fc.property(arbitraryMessage, key, fc.constantFrom('key', 'licenseKey'), (message, secret, field) => {
        const data: unknown = JSON.parse(message.dataText);
        const withKey = {
          ...(data as object),
          [field]: secret,
          username: `<${secret}>`,
          reason: secret,
          message: secret,
        };
        const carrier = { ...message, dataText: JSON.stringify(withKey) };
        for (const name of destinationNames) {
          expect(toBody(name, carrier)).not.toContain(secret);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('has the same body on every attempt', () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.constantFrom(...destinationNames), (message, name) => {
        expect(toBody(name, { ...message })).toBe(toBody(name, message));
      }),
      { numRuns: 1_000 },
    );
  });
});

function findViolations(name: DestinationName, text: string): string[] {
  const body: unknown = JSON.parse(text);
  const found = findProblems[name](body);
  if (textsIn(body).some((shown) => invisible.test(shown))) found.push('an invisible character');
  if (name === 'teams' && Buffer.byteLength(text) >= 20 * 1024) found.push('20 KB or more');
  if (name === 'discord') found.push(...findMarkdownTexts(body).flatMap(findMarkup));
  return found.map((problem) => `${name} ${problem}`);
}

function textsIn(value: unknown): string[] {
  // Removes our own line breaks, which follow Slack's labels.
  if (typeof value === 'string') return [value.replaceAll('\n', '')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The texts that Discord parses as Markdown: descriptions and the values of fields. */
function findMarkdownTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    (key === 'description' || key === 'value') && typeof inner === 'string'
      ? [inner]
      : findMarkdownTexts(inner),
  );
}

/** The parts of a text that Discord's Markdown would interpret. A code span shows everything as it is. */
function findMarkup(text: string): string[] {
  if (/^`[^`]+`$/u.test(text)) return [];
  const withoutEscapes = text.replace(/\\[^\p{L}\p{N}\s]/gu, 'x');
  return withoutEscapes.match(/[*_~|`<>[\]()\\/]|^[#+-]/gu) ?? [];
}
