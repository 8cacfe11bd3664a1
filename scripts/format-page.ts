import { readFile } from 'node:fs/promises';
import { format, type FormatConfig } from 'oxfmt';

const config = new URL('../.oxfmtrc.json', import.meta.url);

/**
 * Formats a generated Markdown page like the rest of the project, and wraps its text.
 *
 * @throws Error if the page cannot be parsed
 */
export async function formatPage(path: string, text: string): Promise<string> {
  // `as`: the file is the configuration of this formatter.
  const options = JSON.parse(await readFile(config, 'utf8')) as FormatConfig;
  const { code, errors } = await format(path, text, { ...options, proseWrap: 'always' });
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  return code;
}
