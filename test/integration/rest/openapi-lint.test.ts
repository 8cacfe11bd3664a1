import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { beforeAll, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';

type RulesetArgument = Parameters<InstanceType<typeof spectralCore.Spectral>['setRuleset']>[0];

const app = useTestApp({ env: { ROLE: 'api' } });
let text = '';

beforeAll(async () => {
  ({ text } = await app.rest('GET', '/openapi.json', undefined, { token: null }));
});

it('the document passes the recommended rules of Redocly, warnings included', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
  const found = problems.map(({ ruleId, message, location: [first] }) => ({
    ruleId,
    message,
    pointer: first?.pointer,
  }));
  expect(found).toEqual([]);
});

it('the document passes the recommended rules of Spectral, warnings included', async () => {
  const spectral = new spectralCore.Spectral();
  // `as`: the library's type of a ruleset does not accept its own ruleset.
  spectral.setRuleset({ extends: [[spectralRulesets.oas, 'recommended']] } as unknown as RulesetArgument);
  const problems = await spectral.run(text);
  expect(problems.map(({ code, message, path }) => ({ code, message, path: path.join('.') }))).toEqual([]);
});
