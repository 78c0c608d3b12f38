import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEnvironment, serviceEnvironment } from '@duban/platform';
import { parse } from 'yaml';
import { apiEnvironment } from '../../services/api/src/environment';
import { archivingEnvironment } from '../../services/archiving/src/environment';
import { assignmentEnvironment } from '../../services/assignment/src/environment';
import { notificationEnvironment } from '../../services/notification/src/environment';
import { orchestratorEnvironment } from '../../services/orchestrator/src/environment';

// There is no container engine here: what can be known without one is checked.
const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  depends_on?: Record<string, unknown>;
  healthcheck?: { test: string[] };
}
const text = read('infra/compose.yaml');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const dockerfile = read('infra/Dockerfile');

type Schema = Parameters<typeof readEnvironment>[0] & { shape: object };
const environments: Record<string, Schema> = {
  api: apiEnvironment,
  archiving: archivingEnvironment,
  assignment: assignmentEnvironment,
  notification: notificationEnvironment,
  orchestrator: orchestratorEnvironment,
  prepare: serviceEnvironment,
};
/** Variables that the image or its command reads, not a service. */
const OF_THE_IMAGE = new Set(['SERVICE', 'NODE_ENV']);
/** What a person would write into `.env`. */
const samples: Record<string, string> = {
  POSTGRES_PASSWORD: 'abc123',
  DUBAN_SECRET: '0123456789abcdef0123456789abcdef',
  DUBAN_PUBLIC_URL: 'https://desk.example',
  DUBAN_SMTP_URL: 'smtp://mail.example:587',
  DUBAN_MAIL_ADDRESS: 'service@desk.example',
  DUBAN_MAIL_FROM: 'Desk <service@desk.example>',
  DUBAN_SMS_URL: 'https://sms.example/send',
  DUBAN_INBOUND_MAIL_SECRET: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
};
const filled = (value: string) =>
  String(value).replace(/\$\{(\w+)(:[?-])([^}]*)\}/g, (_, name: string, _kind, otherwise: string) =>
    samples[name] === undefined ? otherwise : samples[name],
  );

const ours = Object.entries(compose.services).filter(([, service]) => service.image === 'duban');

test('every service of the house is a container, and each of them starts a file that exists', () => {
  const folders = readdirSync(join(root, 'services')).filter((name) =>
    existsSync(join(root, 'services', name, 'src/main.ts')),
  );
  expect(ours.map(([name]) => name).sort()).toEqual([...folders, 'prepare'].sort());
  const [, command] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  expect(command).toContain('services/${SERVICE:?}/src/main.ts');
  for (const [name, { environment, command: own }] of ours) {
    const started = own?.at(-1) ?? `services/${environment?.SERVICE}/src/main.ts`;
    expect([name, started, existsSync(join(root, started))]).toEqual([name, started, true]);
    if (!own) expect(environment?.SERVICE).toBe(name);
  }
});

test.each(ours.map(([name, service]) => [name, service] as const))(
  '%s: its environment has only variables that it reads, and all it needs',
  (name, { environment = {} }) => {
    const known = Object.keys(environments[name]!.shape);
    const given = Object.keys(environment).filter((variable) => !OF_THE_IMAGE.has(variable));
    expect(given.filter((variable) => !known.includes(variable))).toEqual([]);
    const values = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filled(value)]));
    expect(() => readEnvironment(environments[name]!, values)).not.toThrow();
  },
);

test.each(ours.filter(([name]) => name !== 'prepare'))('%s: its health check asks its own port', (name, service) => {
  const port = name === 'api' ? 'DUBAN_API_PORT' : `DUBAN_${name.toUpperCase()}_PORT`;
  const env = Object.fromEntries(Object.entries(service.environment ?? {}).map(([key, value]) => [key, filled(value)]));
  const settings = readEnvironment(environments[name]!, env) as Record<string, unknown>;
  expect(service.healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${String(settings[port])}/readyz`);
});

test('nobody is root, roots are read-only, and where files are written there is a volume', () => {
  expect(
    dockerfile
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('USER')),
  ).toEqual(['USER node']);
  for (const [name, service] of ours) {
    expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']]);
    if (!('DUBAN_FILES_DIR' in environments[name]!.shape)) continue;
    const [, directory] = /^ENV DUBAN_FILES_DIR=(.+)$/m.exec(dockerfile) ?? [];
    expect([name, service.volumes]).toEqual([name, [`files:${directory}`]]);
    expect(Object.keys(compose.volumes)).toContain('files');
  }
});

test('every variable that the compose file asks for is explained in its head', () => {
  const head = text.slice(0, text.indexOf('\nname:'));
  const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1]!));
  expect([...asked].filter((name) => !head.includes(name))).toEqual([]);
});

test('the image is built from what exists, with the pinned pnpm, and no secret gets in', () => {
  const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
  expect(dockerfile).toContain(packageManager.replace(/\+.*$/, ''));
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '));
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const { patchedDependencies = {} } = parse(read('pnpm-workspace.yaml')) as {
    patchedDependencies?: Record<string, string>;
  };
  for (const patch of Object.values(patchedDependencies))
    expect(copied.some((path) => patch.startsWith(`${path}/`))).toBe(true);
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
  expect(new Set(images).size).toBe(1);
  const ignored = read('infra/Dockerfile.dockerignore').split('\n');
  for (const pattern of ['**/node_modules', '.duban', '**/.git', '**/.env*']) expect(ignored).toContain(pattern);
  // A frozen lockfile wants every package's manifest.
  expect(ignored.indexOf('!tests/package.json')).toBeGreaterThan(ignored.indexOf('tests/**'));
  for (const { build } of Object.values(compose.services))
    if (build) expect(existsSync(join(root, 'infra', build.context, build.dockerfile))).toBe(true);
});

test('what a container waits for is there', () => {
  const names = Object.keys(compose.services);
  const needed = Object.values(compose.services).flatMap((service) => Object.keys(service.depends_on ?? {}));
  expect(needed.filter((name) => !names.includes(name))).toEqual([]);
});
