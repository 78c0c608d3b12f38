import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { portVariable, type PortName, type Ports } from './ports';
import { untilReady, type Child, type Children } from './processes';
import { projectRoot } from './project';
import { withoutTemporalSecurity } from './temporal';

/** The services, in the order in which they start. */
export const serviceNames = [
  'orchestrator',
  'assignment',
  'notification',
  'archiving',
  'api',
] as const satisfies PortName[];
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceSettings {
  ports: Ports;
  databaseUrl: string;
  temporalAddress: string;
  /** The server is this system's own: it is reached without TLS. */
  localTemporal: boolean;
  namespace: string;
  smtpUrl: string;
  smsUrl: string;
  secret: string;
  /** Where attachments are kept. */
  filesDir: string;
}

export interface ServicesOptions extends ServiceSettings {
  children: Children;
  /** Each service its own process, as in production; else all in one. */
  separate: boolean;
  /** More variables for one service's process (or for the common one), for tests. */
  extraEnvironment?: Record<string, string>;
}

/** What a local part signs its webhooks with (Standard Webhooks): made from the system's own secret. */
export function webhookSecret(secret: string, use: 'telephony' | 'mail'): string {
  return `whsec_${createHmac('sha256', secret).update(`duban.webhook.${use}`).digest('base64')}`;
}

/** The first start compiles all sources and bundles the workflows. */
const READY_MS = 90_000;

/** The loader that lets Node run TypeScript, by its full address: a child may run anywhere. */
export const typescriptLoader = pathToFileURL(createRequire(join(projectRoot, 'package.json')).resolve('tsx')).href;

/** What a service reads from its environment (`shared/platform/src/environment.ts`). */
export function serviceEnvironment(settings: ServiceSettings): NodeJS.ProcessEnv {
  const { ports } = settings;
  const env: NodeJS.ProcessEnv = {
    ...(settings.localTemporal ? withoutTemporalSecurity(process.env) : process.env),
    DATABASE_URL: settings.databaseUrl,
    TEMPORAL_ADDRESS: settings.temporalAddress,
    TEMPORAL_NAMESPACE: settings.namespace,
    DUBAN_SMTP_URL: settings.smtpUrl,
    DUBAN_SMS_URL: settings.smsUrl,
    DUBAN_PUBLIC_URL: process.env['DUBAN_PUBLIC_URL'] ?? `http://127.0.0.1:${ports.api}`,
    DUBAN_SECRET: settings.secret,
    // Receivers on this machine, to try webhooks out.
    DUBAN_WEBHOOK_ALLOW: process.env['DUBAN_WEBHOOK_ALLOW'] ?? '127.0.0.0/8,::1/128',
    DUBAN_TELEPHONY_SECRET: process.env['DUBAN_TELEPHONY_SECRET'] ?? webhookSecret(settings.secret, 'telephony'),
    DUBAN_INBOUND_MAIL_SECRET: process.env['DUBAN_INBOUND_MAIL_SECRET'] ?? webhookSecret(settings.secret, 'mail'),
    DUBAN_MAIL_IN_PORT: String(ports['mail-in']),
    DUBAN_API_URL: `http://127.0.0.1:${ports.api}`,
    DUBAN_FILES_DIR: process.env['DUBAN_FILES_DIR'] ?? settings.filesDir,
  };
  for (const name of serviceNames) env[portVariable(name)] = String(ports[name]);
  delete env['DUBAN_CRASH_AT']; // only the tests' launcher arms it, by `extraEnvironment`
  return env;
}

/** Starts the services and waits until each says it is ready; from then on they are kept alive. */
export async function startServices(options: ServicesOptions): Promise<Child[]> {
  const { children, separate, ports } = options;
  const env = { ...serviceEnvironment(options), ...options.extraEnvironment };
  const programs = separate
    ? serviceNames.map((name) => ({ name, file: `services/${name}/src/main.ts`, serves: [name] }))
    : [{ name: 'services', file: 'infra/local/all-in-one.ts', serves: [...serviceNames] }];
  return Promise.all(
    programs.map(async ({ name, file, serves }) => {
      const args = ['--import', typescriptLoader, '--enable-source-maps', join(projectRoot, file)];
      const child = children.add({
        name,
        command: process.execPath,
        args,
        cwd: projectRoot,
        env,
        tier: 1,
        graceMs: 15_000,
      });
      await child.start();
      for (const service of serves) await untilReady(child, () => isReady(ports[service]), READY_MS);
      return child.keepAlive();
    }),
  );
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) throw new Error(`/readyz answers ${response.status}: ${await response.text()}`);
  return true;
}
