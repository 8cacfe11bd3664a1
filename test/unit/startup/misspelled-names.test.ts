import { expect, it } from 'vitest';
import { findMisspelledNames, toWarning } from '../../../server/src/startup/misspelled-names.ts';

it.each([
  ['MONGO_URI', 'MONGODB_URI'],
  ['MONGO_URL', 'MONGODB_URI'],
  ['MONGODB_URL', 'MONGODB_URI'],
  ['ENCRIPTION_KEY', 'ENCRYPTION_KEY'],
  ['ENCRYPTION_KEY_PREVIUS', 'ENCRYPTION_KEY_PREVIOUS'],
  ['CATALOGUE', 'CATALOG'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['DATADIR', 'DATA_DIR'],
  ['POTR', undefined],
  ['PORTS', 'PORT'],
  ['root_token', 'ROOT_TOKEN'],
  ['TOCSIN_PORT', 'PORT'],
  ['TOCSIN_MONGODB_URI', 'MONGODB_URI'],
  ['TOCSIN_TOKN', 'TOCSIN_TOKEN'],
])('%s means %s', (name, near) => {
  expect(findMisspelledNames({ [name]: 'x' })).toEqual(near === undefined ? [] : [{ name, near }]);
});

it('warns of an unknown name with our prefix, without its value', () => {
  const [found] = findMisspelledNames({ TOCSIN_SOMETHING_ELSE: 'planted' });
  expect(found === undefined ? '' : toWarning(found)).toBe(
    'TOCSIN_SOMETHING_ELSE is not a setting of Tocsin and is ignored; see docs/configuration.md for all settings',
  );
});

/** Variables of shells, terminals, CI systems, containers and package managers. */
const ordinary =
  '_ HOME HOST_UID HOSTNAME HOSTTYPE PATH PWD OLDPWD SHELL SHLVL TERM TERM_PROGRAM USER LOGNAME LANG LANGUAGE LC_ALL LC_CTYPE ' +
  'TMPDIR TEMP TZ EDITOR VISUAL PAGER LESS LS_COLORS MAIL DISPLAY COLORTERM NO_COLOR FORCE_COLOR COLUMNS LINES RANDOM UID EUID ' +
  'SSH_AUTH_SOCK SSH_CLIENT SSH_TTY XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR XDG_SESSION_ID XDG_DATA_DIRS ' +
  'NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_VERSION NVM_DIR NVM_BIN CI GITHUB_TOKEN GITHUB_ACTIONS RUNNER_OS ROLE_ARN ' +
  'HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy npm_config_port npm_package_name npm_lifecycle_event INIT_CWD ' +
  'OTEL_EXPORTER_OTLP_HEADERS OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_RESOURCE_ATTRIBUTES OTEL_SDK_DISABLED OTEL_TRACES_SAMPLER ' +
  'KUBERNETES_SERVICE_HOST KUBERNETES_PORT TOCSIN_SERVICE_HOST TOCSIN_SERVICE_PORT TOCSIN_PORT_4400_TCP_ADDR TOCSIN_URL ' +
  'INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID MEMORY_PRESSURE_WATCH AWS_REGION AWS_ROLE_ARN GOPATH JAVA_HOME PYTHONPATH ' +
  'VIRTUAL_ENV DBUS_SESSION_BUS_ADDRESS GPG_AGENT_INFO WINDOWID WSL_DISTRO_NAME MACHTYPE OSTYPE PS1 IFS HISTFILE HISTSIZE MANPATH';

it('says nothing of ordinary variables, of settings, and of those that Kubernetes adds', () => {
  const env = Object.fromEntries(ordinary.split(' ').map((name) => [name, 'x']));
  expect(findMisspelledNames({ ...env, TOCSIN_PORT: 'tcp://10.0.0.1:4400', PORT: '1', ROLE: 'all' })).toEqual(
    [],
  );
  expect(findMisspelledNames(process.env)).toEqual([]);
});

it('warns of at most ten', () => {
  const names = Array.from({ length: 30 }, (_, number) => [`TOCSIN_X${number}`, '1'] as const);
  expect(findMisspelledNames(Object.fromEntries(names))).toHaveLength(10);
});
