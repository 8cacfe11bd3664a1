import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatFormat } from '../../../../server/src/delivery/destinations/registry.ts';
import { formatBody } from '../../../../server/src/delivery/destinations/format-body.ts';
import { discordProblems } from '../../../support/fake-discord.ts';
import { slackProblems, slackWorkflowProblems } from '../../../support/fake-slack.ts';
import { teamsProblems } from '../../../support/fake-teams.ts';
import { arbitraryMessage } from './arbitrary-message.ts';

const problemsOf: Readonly<Record<ChatFormat, (body: unknown) => string[]>> = {
  discord: discordProblems,
  slack: slackProblems,
  'slack-workflow': slackWorkflowProblems,
  teams: teamsProblems,
};

const chatFormats = ['discord', 'slack', 'slack-workflow', 'teams'] as const;

/** Ten thousand in all, and no fewer: the rare ones among them found what the common ones did not. */
/** Every run takes a share of the 10,000; FUZZ_SHARE=1 takes them all. */
const fuzzShare = Number(process.env['FUZZ_SHARE'] ?? 0.2);
const runs = { numRuns: 10_000 * fuzzShare };

/** A bidirectional override, a control character or half a pair. */
const unwanted = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

describe('any event, whatever a stranger put into it', { timeout: 120_000 }, () => {
  test('makes a body that each destination accepts, within its limits, calling nobody and showing all as text', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        expect(chatFormats.flatMap((format) => violations(format, formatBody(format, message)))).toEqual([]);
      }),
      runs,
    );
  });

  test('never shows a license key in full, wherever in the event it stands', () => {
    const key = fc.string({
      unit: fc.constantFrom(...Array.from('ABCDEFGHJKMNPQRSTVWXYZ23456789-')),
      minLength: 8,
      maxLength: 40,
    });
    fc.assert(
      fc.property(arbitraryMessage, key, fc.constantFrom('key', 'licenseKey'), (message, secret, name) => {
        const data: unknown = JSON.parse(message.dataText);
        const withKey = {
          ...(data as object),
          [name]: secret,
          username: `<${secret}>`,
          reason: secret,
          message: secret,
        };
        const carrier = { ...message, dataText: JSON.stringify(withKey) };
        for (const format of chatFormats) {
          expect(formatBody(format, carrier)).not.toContain(secret);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('makes the same bytes again on the next attempt', () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.constantFrom(...chatFormats), (message, format) => {
        expect(formatBody(format, { ...message })).toBe(formatBody(format, message));
      }),
      { numRuns: 1_000 },
    );
  });
});

function violations(format: ChatFormat, text: string): string[] {
  const body: unknown = JSON.parse(text);
  const found = problemsOf[format](body);
  if (textsIn(body).some((shown) => unwanted.test(shown))) found.push('an invisible character');
  if (format === 'teams' && Buffer.byteLength(text) >= 20 * 1024) found.push('20 KB or more');
  if (format === 'discord') found.push(...markedUpTexts(body).flatMap(meaningfulMarkup));
  return found.map((problem) => `${format} ${problem}`);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value.replaceAll('\n', '')]; // ours: Slack's labels end in one
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** The texts that Discord reads as Markdown: descriptions and the values of fields. */
function markedUpTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    (key === 'description' || key === 'value') && typeof inner === 'string' ? [inner] : markedUpTexts(inner),
  );
}

/** The parts of a text that Discord's Markdown would not show as they are. A code span shows everything. */
function meaningfulMarkup(text: string): string[] {
  if (/^`[^`]+`$/u.test(text)) return [];
  const withoutEscapes = text.replace(/\\[^\p{L}\p{N}\s]/gu, 'x');
  return withoutEscapes.match(/[*_~|`<>[\]()\\/]|^[#+-]/gu) ?? [];
}
