import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Everything that listens, with its default port. The order is that of `--port-base`. */
const PARTS = {
  api: { port: 8080, what: 'the API' },
  orchestrator: { port: 8081, what: "the orchestrator's health page" },
  assignment: { port: 8082, what: "assignment's health page" },
  notification: { port: 8083, what: "notification's health page" },
  archiving: { port: 8084, what: "archiving's health page" },
  postgres: { port: 54320, what: 'PostgreSQL' },
  temporal: { port: 7233, what: 'Temporal' },
  'temporal-ui': { port: 8233, what: "Temporal's web UI" },
  mail: { port: 2525, what: 'the local SMTP server' },
  sms: { port: 8025, what: 'the local SMS gateway and mail page' },
  'mail-in': { port: 2526, what: "the centre's own mail, by SMTP" },
  'temporal-http': { port: 7243, what: "Temporal's HTTP API" },
  'temporal-metrics': { port: 9233, what: "Temporal's metrics" },
} as const;

export type PortName = keyof typeof PARTS;
export type Ports = Record<PortName, number>;
export const portNames = Object.keys(PARTS) as PortName[];

/** The command line or a port is wrong: the message is for the person who typed it, without a stack. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Described = Record<string, Options[string] & { help: string }>;

export interface CommandLine {
  values: Record<string, string | boolean | undefined>;
  ports: Ports;
}

/**
 * Parses a command's own options and the ports that all commands share. A port is, in this order, its option, its
 * place after `--port-base`, the variable DUBAN_*_PORT or its default.
 *
 * @returns `undefined` after `--help` was answered
 * @throws UsageError for an unknown option or a number that is no port
 */
export function parseCommandLine(
  command: string,
  own: Described,
  argv: readonly string[] = process.argv.slice(2),
  env: NodeJS.ProcessEnv = process.env,
): CommandLine | undefined {
  const shared: Options = { help: { type: 'boolean' }, 'port-base': { type: 'string' } };
  for (const name of portNames) shared[`${name}-port`] = { type: 'string' };
  const options = Object.fromEntries(Object.entries(own).map(([name, { help: _, ...option }]) => [name, option]));
  let values: CommandLine['values'];
  try {
    values = parseArgs({ args: [...argv], options: { ...shared, ...options } }).values as typeof values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}.\n\n${usage(command, own)}`);
  }
  if (values['help']) {
    console.log(usage(command, own));
    return undefined;
  }
  return { values, ports: readPorts(env, values) };
}

/** The ports that these options and this environment mean. */
export function readPorts(env: NodeJS.ProcessEnv = process.env, values: CommandLine['values'] = {}): Ports {
  const base = values['port-base'];
  const entries = portNames.map((name, index) => {
    const option = `${name}-port`;
    const variable = portVariable(name);
    if (values[option] !== undefined) return [name, toPort(`--${option}`, values[option])];
    if (base !== undefined) return [name, toPort('--port-base', base) + index];
    return [name, env[variable] ? toPort(variable, env[variable]) : PARTS[name].port];
  });
  return Object.fromEntries(entries) as Ports;
}

/** DUBAN_API_PORT and so on. */
export function portVariable(name: PortName): string {
  return `DUBAN_${name.toUpperCase().replace('-', '_')}_PORT`;
}

/**
 * Makes sure that each of these ports is free on loopback and wanted only once.
 *
 * @throws UsageError that names the port, who wants it and the option that moves it
 */
export async function requireFreePorts(ports: Ports, names: readonly PortName[]): Promise<void> {
  const problems: string[] = [];
  for (const [index, name] of names.entries()) {
    const port = ports[name];
    const other = names.slice(0, index).find((earlier) => ports[earlier] === port);
    const reason = other ? `also wanted by ${PARTS[other].what}` : await whyNotFree(port);
    if (reason) problems.push(`Port ${port} for ${PARTS[name].what} is ${reason}: choose another with --${name}-port.`);
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}

/** Systems take ports for outgoing connections from above (Linux 32768, others 49152). */
const FREE_PORTS = { from: 10_000, to: 32_000 };

/**
 * A port on loopback that is free now, and not taken by somebody's outgoing connection while its server is down for a
 * moment: a server that restarts must find its own.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FREE_PORTS.from, FREE_PORTS.to);
    if (!(await whyNotFree(port))) return port;
  }
}

/** Free ports for everything that listens, for a system of the tests' own. */
export async function freePorts(): Promise<Ports> {
  const ports = new Set<number>();
  while (ports.size < portNames.length) ports.add(await freePort());
  return Object.fromEntries(portNames.map((name, index) => [name, [...ports][index]])) as Ports;
}

async function whyNotFree(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    server.close();
    await once(server, 'close');
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return 'in use by another program';
    return code === 'EACCES' ? 'not allowed to this user' : message;
  }
}

function toPort(source: string, value: string | boolean): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UsageError(`${source}: "${value}" is no port.`);
  return port;
}

function usage(command: string, own: Described): string {
  const rows: (readonly [string, string])[] = [
    ...Object.entries(own).map(
      ([name, { type, help }]) => [`--${name}${type === 'string' ? ' …' : ''}`, help] as const,
    ),
    ...portNames.map(
      (name) => [`--${name}-port N`, `${PARTS[name].what} (${PARTS[name].port}; ${portVariable(name)})`] as const,
    ),
    ['--port-base N', 'all ports in this order from N on'],
    ['--help', 'this page'],
  ];
  const width = Math.max(...rows.map(([option]) => option.length));
  return [
    `Usage: npm ${command} -- [options]`,
    ...rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
  ].join('\n');
}
