import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentOf, processCommand } from './process-identity';

/** Takes one line for the person who started the command. */
export type Log = (line: string) => void;

export interface ChildSpec {
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Children of a higher tier use those of a lower one: they are stopped first. */
  tier: number;
  stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  graceMs: number;
  /** Runs before every start, restarts included. */
  prepare?: () => Promise<void>;
}

const RESTART_MIN_MS = 200;
const RESTART_MAX_MS = 10_000;
/** A child that stayed up for this long starts again without delay. */
const STEADY_MS = 30_000;
const LOG_LIMIT_BYTES = 20_000_000;

/** One child process: started, kept alive, stopped. Its output goes to a file of its own. */
export class Child {
  readonly logFile: string;
  private process: ChildProcess | undefined;
  private keptAlive = false;
  private failures = 0;
  private startedAt = 0;

  constructor(
    readonly spec: ChildSpec,
    private readonly family: Children,
  ) {
    this.logFile = join(family.logDir, `${spec.name}.log`);
  }

  /** The process that runs now; `undefined` while there is none. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Starts the process, unless it runs. Does not wait for readiness. */
  async start(): Promise<this> {
    await this.spec.prepare?.();
    if (this.process || this.family.stopping) return this;
    const { command, args, cwd, env, uid, gid } = this.spec;
    const output = openLog(this.logFile);
    // A process group of its own: a Ctrl-C in the terminal reaches only the parent, which decides the order.
    const child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', output, output],
      ...(cwd === undefined ? {} : { cwd }),
      env: env ?? process.env,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    closeSync(output);
    this.startedAt = Date.now();
    this.process = child;
    if (child.pid) this.family.watch(child.pid, this.spec.stopSignal ?? 'SIGTERM');
    child.once('error', (error) => this.ended(child, error.message));
    child.once('exit', (code, signal) => this.ended(child, signal ?? `code ${code}`));
    return this;
  }

  /** From now on, starts the process again whenever it ends unasked. */
  keepAlive(): this {
    this.keptAlive = true;
    return this;
  }

  /** Asks the process to end and waits; after its grace the whole group is killed. Ends keeping it alive. */
  async stop(signal: NodeJS.Signals = this.spec.stopSignal ?? 'SIGTERM'): Promise<void> {
    this.keptAlive = false;
    const child = this.process;
    if (!child?.pid) return;
    const gone = once(child, 'exit');
    killGroup(child.pid, signal);
    const timer = setTimeout(() => child.pid && killGroup(child.pid, 'SIGKILL'), this.spec.graceMs);
    await gone;
    clearTimeout(timer);
  }

  /** Kills the whole group at once, without waiting. */
  kill(): void {
    this.keptAlive = false;
    if (this.process?.pid) killGroup(this.process.pid, 'SIGKILL');
  }

  /** The last lines that it wrote, for an error message. */
  tail(lines = 12): string {
    try {
      return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.process !== child) return;
    this.process = undefined;
    if (child.pid) {
      killGroup(child.pid, 'SIGKILL'); // what it started itself
      this.family.unwatch(child.pid);
    }
    if (this.keptAlive && !this.family.stopping) void this.restart(how);
  }

  private async restart(how: string): Promise<void> {
    this.failures = Date.now() - this.startedAt > STEADY_MS ? 0 : this.failures + 1;
    const delayMs = Math.min(RESTART_MIN_MS * 2 ** this.failures, RESTART_MAX_MS);
    this.family.log(`${this.spec.name} ended unasked (${how}); starting it again in ${delayMs / 1000} s`);
    await sleep(delayMs);
    if (!this.keptAlive) return;
    await this.start().catch((error: Error) => void this.restart(error.message));
  }
}

/** The children of this process: stopped in reverse order, and not outliving it even when it is killed. */
export class Children {
  stopping = false;
  private readonly list: Child[] = [];
  private readonly watched = new Map<number, string>();
  private watchdog: ChildProcess | undefined;

  constructor(
    readonly logDir: string,
    readonly log: Log,
  ) {
    mkdirSync(logDir, { recursive: true });
    this.startWatchdog();
  }

  /** The process that ends the children should this one be killed. */
  get watchdogPid(): number | undefined {
    return this.watchdog?.pid;
  }

  /** Makes a child known; its `start` runs it. */
  add(spec: ChildSpec): Child {
    const child = new Child(spec, this);
    this.list.push(child);
    return child;
  }

  /** Stops all children, the highest tier first, those of one tier together. */
  async stopAll(): Promise<void> {
    this.stopping = true;
    for (const tier of [...new Set(this.list.map((child) => child.spec.tier))].sort((a, b) => b - a))
      await Promise.all(this.list.filter((child) => child.spec.tier === tier).map((child) => child.stop()));
  }

  /** Kills all children at once. */
  killAll(): void {
    this.stopping = true;
    for (const child of this.list) child.kill();
  }

  watch(pid: number, stopSignal: NodeJS.Signals): void {
    this.watched.set(pid, stopSignal);
    this.watchdog?.stdin?.write(`+ ${pid} ${stopSignal}\n`);
  }

  unwatch(pid: number): void {
    this.watched.delete(pid);
    this.watchdog?.stdin?.write(`- ${pid}\n`);
  }

  private startWatchdog(): void {
    const script = join(__dirname, 'watchdog.mjs');
    const watchdog = spawn(process.execPath, [script], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watchdog.unref();
    (watchdog.stdin as Socket).unref();
    watchdog.stdin.on('error', () => undefined);
    watchdog.once('exit', () => this.startWatchdog());
    this.watchdog = watchdog;
    for (const [pid, stopSignal] of this.watched) watchdog.stdin.write(`+ ${pid} ${stopSignal}\n`);
  }
}

/**
 * Calls `stop` at the first SIGINT, SIGTERM or SIGHUP, and `force` at a further SIGINT. Signals within a second are
 * one Ctrl-C: the terminal sends it to the whole group, and npm passes its own on.
 */
export function onStopSignal(stop: (reason: string) => void, force: () => void): void {
  let first = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (first === 0) {
        first = Date.now();
        stop(signal);
      } else if (signal === 'SIGINT' && Date.now() - first > 1_000) force();
    });
  const callers = npmProcesses();
  const timer = setInterval(() => {
    if (first !== 0 || callers.every((pid) => isAlive(pid))) return;
    first = Date.now();
    stop('npm is gone');
  }, 500);
  timer.unref();
}

/** npm, and the shell that it may have put between: neither passes on how it ended when it was killed. */
function npmProcesses(): number[] {
  if (process.env['npm_lifecycle_event'] === undefined) return [];
  const isShell = processCommand(process.ppid).includes('bootstrap.mjs');
  return [process.ppid, ...(isShell ? [parentOf(process.ppid)] : [])].filter((pid) => pid > 1);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Waits until `ready` answers true (an error counts as false).
 *
 * @throws when the child ended meanwhile or the time is up, with the last lines of its log
 */
export async function untilReady(child: Child, ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const pid = child.pid;
  let last = '';
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    const answer = await ready().catch((error: Error) => void (last = error.message));
    if (answer === true) return;
    if (pid === undefined || child.pid !== pid) {
      throw new Error(`${child.spec.name} ended while it started. The end of ${child.logFile}:\n${child.tail()}`);
    }
  }
  const why = `${last}\nThe end of ${child.logFile}:\n${child.tail()}`;
  throw new Error(`${child.spec.name} was not ready after ${timeoutMs / 1000} s. ${why}`);
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // gone already
  }
}

/** Opens a log for appending; one that grew large is set aside first. */
function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}
