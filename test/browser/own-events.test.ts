import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations } from './accessibility.ts';
import { signIn, startStage, type Stage } from './stage.ts';

/*
 * An operator registers an event type, subscribes a webhook to its pattern, publishes it and deletes it. The steps
 * build on each other.
 */

const appId = 'app_billing';
const type = 'invoice.paid';

let stage: Stage;
let page: Page;
let webhookUrl: string;

beforeAll(async () => {
  stage = await startStage({ env: { LOG_LEVEL: 'silent', RETRY_SCHEDULE: '1h' } });
  await stage.app.createApp({ id: appId });
  page = await stage.open();
  await signIn(page, stage.app.rootToken);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const button = (name: string) => page.getByRole('button', { name, exact: true });

const schema = {
  type: 'object',
  required: ['invoiceId', 'lines'],
  properties: {
    invoiceId: { type: 'string', minLength: 3 },
    customer: { $ref: '#/$defs/customer' },
    lines: { type: 'array', items: { type: 'object', properties: { amount: { type: 'integer' } } } },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  $defs: { customer: { type: 'object', properties: { parent: { $ref: '#/$defs/customer' } } } },
};

describe('an operator', () => {
  it('registers an event type, with each error at its field', async () => {
    await page.goto('/catalog');
    await page.getByRole('link', { name: 'Register event type' }).click();
    await page.getByLabel('Name').fill('Invoice paid');
    await page.getByLabel('Description').fill('Sent when an invoice is paid.');
    await page
      .getByLabel('JSON Schema')
      .fill('{"type":"object","properties":{"a":{"$ref":"https://x.example"}}}');
    await button('Register').click();
    await page.getByText("'Invoice paid' is not an event type").waitFor();
    await page.getByText(/^#\/properties\/a: \$ref is/).waitFor();
    const isFocused = (field: Element) => field === document.activeElement;
    await expect.poll(() => page.getByLabel('Name').evaluate(isFocused)).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await page.getByLabel('Name').fill(type);
    await page.getByLabel('JSON Schema').fill(JSON.stringify(schema));
    await page.getByLabel('Example').fill('{"invoiceId":"i","lines":[]}');
    await button('Register').click();
    // Only the server knows that the example does not match.
    await page.getByText(/^example\.invoiceId: /).waitFor();
    await page.getByLabel('Example').fill('{"invoiceId":"inv_1","lines":[{"amount":5}]}');
    await button('Register').click();
    await page.getByRole('heading', { level: 1, name: type }).waitFor();
  });

  it('reads its fields, nested ones and definitions', async () => {
    const fields = page.getByRole('table', { name: 'Fields', exact: true });
    await fields.getByRole('row', { name: /^lines list of object/ }).waitFor();
    await fields.getByRole('row', { name: /^amount optional integer/ }).waitFor();
    await fields.getByRole('row', { name: /^note optional string or null/ }).waitFor();
    await page
      .getByRole('table', { name: 'Fields of customer' })
      .getByRole('row', { name: /^parent/ })
      .waitFor();
    await page
      .getByRole('region', { name: `Example of ${type}` })
      .getByText('inv_1')
      .waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  it('subscribes a webhook to a pattern, which includes the type', async () => {
    await page.goto(`/webhooks/new?app=${appId}`);
    await page.getByLabel('URL').fill('https://hooks.slack.com/services/T000/B000/xxxx');
    await page.getByRole('checkbox', { name: 'Enabled' }).uncheck();
    await page.getByLabel('Search event types, or enter a pattern').fill('invoice.*');
    await page.getByRole('checkbox', { name: /^invoice\.\*/ }).check();
    await page.getByText('Selects 1 type now. Types that are added later are included.').waitFor();
    expect(await page.getByRole('checkbox', { name: /^invoice\.paid/ }).isDisabled()).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await button('Create webhook').click();
    await button('I’ve saved it').click();
    await page.getByText('Patterns include the types that are added later.').waitFor();
    webhookUrl = page.url();
  });

  it('publishes it, chosen by a search, and sees wrong data at its field', async () => {
    await stage.app.call('webhooks.create', { appId, url: 'http://127.0.0.1:9/', events: ['invoice.*'] });
    await page.goto(`/events/publish?app=${appId}`);
    const event = page.getByRole('combobox', { name: 'Event' });
    await event.click();
    await page.keyboard.type('voice');
    const option = page.getByRole('option', { name: new RegExp(`^${type}`) });
    await option.waitFor();
    expect(await findViolations(page)).toEqual([]);
    await option.click();
    const id = page.getByLabel('invoiceId');
    await id.fill('i');
    await button('Publish').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Publish/ })
      .click();
    await page.getByText('The data does not match the schema: 1 error.').waitFor();
    expect(await id.getAttribute('aria-invalid')).toBe('true');
    await id.fill('inv_2');
    await button('Publish').click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Publish/ })
      .click();
    await page.getByRole('link', { name: 'View delivery status' }).click();
    await page.getByText(`The webhook is subscribed to ${type} by invoice.*.`).first().waitFor();
  });

  it('deletes it, and the form of a webhook that names it says so', async () => {
    const { id } = await stage.app.call('webhooks.create', {
      appId,
      url: 'http://127.0.0.1:9/',
      events: [type, 'user.ban'] as never,
    });
    await page.goto(`/catalog/types/${type}`);
    await button('Delete').click();
    await page.getByText('Deliveries that wait are still sent').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await button('Delete event type').click();
    await page.getByRole('heading', { level: 1, name: 'Event catalog' }).waitFor();
    await page.goto(`/webhooks/${id}/edit`);
    await page.getByText('No longer exists').waitFor();
    await button(`Remove ${type}`).click();
    await button('Save').click();
    await page.waitForURL(`**/webhooks/${id}`);
    expect((await stage.app.call('webhooks.get', { id })).events).toEqual(['user.ban']);
    await page.goto(webhookUrl);
    await page.getByText('invoice.*', { exact: true }).waitFor();
  });

  it('does not offer a key what its scopes do not allow', async () => {
    const { key } = await stage.app.createKey({ scopes: ['events:read'] });
    const other = await stage.open();
    await signIn(other, key);
    await other.goto('/catalog');
    await other.getByText('user.ban').waitFor();
    expect(await other.getByRole('link', { name: 'Register event type' }).count()).toBe(0);
    await other.goto('/catalog/register');
    await other.getByText('Permission required').waitFor();
    expect(stage.complaints).toEqual([]);
  });
});
