import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { loadWorkflowBundle } from '@duban/workflows/bundle';

const histories = join(__dirname, 'histories');
const paths = (readdirSync(histories, { recursive: true }) as string[]).filter((name) => name.endsWith('.json')).sort();

/** What a careless change to a running process does to those that are under way. */
const plants: Array<{ what: string; from: RegExp; to: string; but?: string }> = [
  // A process that was left for another has no archive of its own.
  {
    what: 'the archive is another activity',
    from: /\.archiving\.archive\(/g,
    to: '.archiving.archiveTwice(',
    but: '-before.json',
  },
  { what: 'no timers any more', from: /\bclocks\.run\(\)/g, to: 'Promise.resolve()' },
];

let code: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  ({ code } = await loadWorkflowBundle());
}, 60_000);
afterAll(() => Runtime.instance().shutdown());

function replay(path: string, bundle: string): Promise<void> {
  const history = historyFromJSON(JSON.parse(readFileSync(join(histories, path), 'utf8')));
  return Worker.runReplayHistory({ workflowBundle: { code: bundle } }, history);
}

describe('every path of every process replays', () => {
  it('there is a history of every process', () => {
    for (const process of ['consultation', 'complaint', 'escalation'])
      expect(paths.filter((path) => path.startsWith(process)).length).toBeGreaterThanOrEqual(8);
  });

  it.each(paths)('%s', (path) => replay(path, code), 30_000);
});

describe.each(plants)('a planted change makes each replay fail: $what', ({ from, to, but }) => {
  it('is in the bundle', () => expect(code.replace(from, to)).not.toBe(code));

  it.each(paths.filter((path) => but === undefined || !path.endsWith(but)))(
    '%s',
    async (path) => {
      const failure = await replay(path, code.replace(from, to)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DeterminismViolationError);
    },
    30_000,
  );
});
