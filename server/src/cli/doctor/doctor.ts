import { exitCode, UsageError } from '../command.ts';
import { defineCommand } from '../define-command.ts';
import { serverOptions } from '../connect.ts';
import { toCount } from '../count.ts';
import { checkConfiguration, hasServerSettings } from './configuration.ts';
import { Findings } from './findings.ts';

const maxTimeoutMs = 60_000;

export const doctor = defineCommand({
  details:
    'Changes nothing. With the environment of a server (MONGODB_URI, ENCRYPTION_KEY, ...), it checks the configuration,\n' +
    'the database and this machine. With TOCSIN_URL and TOCSIN_TOKEN, it checks a running server, its queue and its\n' +
    'webhooks: whether their names resolve, the SSRF guard allows them, and TLS works. It sends no request to a\n' +
    'receiver, unless there is --probe. Each finding is ok, warn or fail. Exits with 1 if one fails.',
  examples: ['', '--json', '--app app_shop --probe'],
  options: {
    app: { type: 'string', value: 'id', summary: 'only webhooks of this app (default: of all apps)' },
    probe: { type: 'boolean', summary: 'send a test ping to each enabled webhook' },
    timeout: { type: 'string', value: 'seconds', summary: 'how long to look for the database (default: 3)' },
    ...serverOptions,
  },
  async run({ app, probe = false, timeout = '3', url }, context) {
    const selectionMs = 1_000 * Number(timeout);
    if (!(selectionMs > 0 && selectionMs <= maxTimeoutMs)) {
      throw new UsageError('--timeout: must be a number of seconds, above 0 and at most 60');
    }
    const findings = new Findings(context);
    const { env } = context;
    const hasClientSettings = [url, env['TOCSIN_URL'], env['TOCSIN_TOKEN']].some(
      (text) => (text ?? '') !== '',
    );
    const isServer = hasServerSettings(env) || !hasClientSettings;
    const config = checkConfiguration(env, { findings, isServer });
    if (isServer && config !== undefined) {
      const { checkMachine } = await import('./machine.ts');
      const { checkDatabase } = await import('./database.ts');
      await checkMachine(config, findings);
      await checkDatabase(config, { env, selectionMs }, findings);
    }
    if (hasClientSettings) {
      const { checkServer } = await import('./server.ts');
      await checkServer({ app, probe, url, config: isServer ? config : undefined }, context, findings);
    }
    const report = findings.toReport();
    const [failed, doubtful] = [findings.count('fail'), findings.count('warn')];
    const text = `${toCount(report.findings.length, 'check')}: ${failed} failed, ${doubtful} with a warning`;
    context.result(report, text);
    return report.ok ? exitCode.ok : exitCode.failed;
  },
});
