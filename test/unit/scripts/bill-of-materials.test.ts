import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { toBillOfMaterials } from '../../../scripts/bill-of-materials.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it('lists what the test kit needs and puts inline, without peers and tools', () => {
  const text = toBillOfMaterials({
    root,
    subject: '@tocsin/testing',
    type: 'library',
    workspaces: ['server/testing', 'client'],
  });
  // `as`: the format of CycloneDX.
  const bill = JSON.parse(text) as { readonly components: readonly { readonly name: string }[] };
  expect(bill.components.map(({ name }) => name).sort()).toEqual([
    '@tocsin/client',
    '@tocsin/shared',
    '@trpc/server',
    'is-network-error',
    'lru-cache',
    'p-retry',
    'zod',
  ]);
});
