import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError, type AnyOptionValues } from '../command.ts';

/** The options of a client certificate (mTLS), which is read from files. */
export const clientCertificate = {
  options: {
    'client-certificate': {
      type: 'string',
      value: 'file',
      summary: 'client certificate in PEM, with its chain, for a receiver that requires one (mTLS)',
    },
    'client-key': { type: 'string', value: 'file', summary: 'private key of the client certificate, in PEM' },
  },
  names: { clientCertificate: '--client-certificate' },
  toFields: async (values: AnyOptionValues): Promise<object> => {
    const { 'client-certificate': certificate, 'client-key': key } = values;
    if (certificate === undefined && key === undefined) return {};
    if (certificate === undefined || key === undefined) {
      throw new UsageError('--client-certificate and --client-key: are only allowed together');
    }
    return {
      clientCertificate: {
        certificate: await readPem('client-certificate', String(certificate)),
        privateKey: await readPem('client-key', String(key)),
      },
    };
  },
} as const;

async function readPem(option: string, path: string): Promise<string> {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--${option}: cannot read ${path} (${code})`);
  }
}
