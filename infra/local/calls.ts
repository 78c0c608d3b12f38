import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { demoCustomers } from './demo-data';
import { type PlayedCall, playCall } from './phone-system';
import { parseCommandLine, UsageError } from './ports';
import { projectRoot } from './project';
import { webhookSecret } from './services';

/** `npm run calls`: a small telephone system that plays calls against a running local system (P3). */
async function main(): Promise<number> {
  const commandLine = parseCommandLine('run calls', {
    count: { type: 'string', help: 'how many calls (5)' },
    extension: { type: 'string', help: 'the telephone that rings (8800, which is the first agent’s)' },
    phone: { type: 'string', help: 'who calls; else customers of the demo centre, a stranger, and a withheld number' },
    speed: { type: 'string', help: 'how much faster than the clock (10)' },
    'data-dir': { type: 'string', help: "the running system's data (.duban; DUBAN_DATA_DIR)" },
  });
  if (!commandLine) return 0;
  const { values, ports } = commandLine;
  const dataDir = resolve(String(values['data-dir'] ?? process.env['DUBAN_DATA_DIR'] ?? join(projectRoot, '.duban')));
  const apiUrl = `http://127.0.0.1:${ports.api}`;
  const system = { apiUrl, secret: secretOf(dataDir), speed: positive('--speed', values['speed'] ?? '10') };
  const count = positive('--count', values['count'] ?? '5');
  const extension = String(values['extension'] ?? '8800');
  const ready = await fetch(`${apiUrl}/readyz`).catch(() => undefined);
  if (!ready?.ok) throw new UsageError(`No Duban answers at ${apiUrl}. Start it with \`npm start\` first.`);
  for (let i = 0; i < count; i++) {
    const call = { ...callers(values['phone'])[i % callers(values['phone']).length]!, extension };
    console.log(`☎ ${call.phone === null ? 'number withheld' : `…${call.phone.slice(-4)}`}`);
    const record = await playCall({ ...system, say: (line) => console.log(`   ${line}`) }, call);
    console.log(`   ${apiUrl}/api/v1/calls/${record}`);
  }
  return 0;
}

/** In time, late, missed, unknown, withheld. */
function callers(phone: string | boolean | undefined): Array<Omit<PlayedCall, 'extension'>> {
  const [one, other] = demoCustomers();
  const known = typeof phone === 'string' ? phone : one!.phone;
  return [
    { phone: known, answerAfterS: 6, endAfterS: 96, recorded: true },
    { phone: typeof phone === 'string' ? phone : other!.phone, answerAfterS: 22, endAfterS: 60, recorded: true },
    { phone: known, answerAfterS: null, endAfterS: 30 },
    { phone: typeof phone === 'string' ? phone : '+8613700009999', answerAfterS: 9, endAfterS: 45 },
    { phone: null, answerAfterS: 12, endAfterS: 40 },
  ];
}

function secretOf(dataDir: string): string {
  const given = process.env['DUBAN_TELEPHONY_SECRET'];
  if (given) return given.split(/\s+/)[0]!;
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) throw new UsageError(`There is no local system in ${dataDir}: name it by --data-dir.`);
  return webhookSecret(readFileSync(file, 'utf8').trim(), 'telephony');
}

function positive(option: string, text: string | boolean): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${option}: "${String(text)}" is no number above 0.`);
  return value;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof UsageError ? `\n${error.message}\n` : error);
    process.exit(1);
  },
);
