import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { loadWorkflowBundle } from '@duban/workflows/bundle';

const histories = join(__dirname, 'histories');
const paths = (readdirSync(histories, { recursive: true }) as string[]).filter((name) => name.endsWith('.json')).sort();

/** What goes on beside the tickets. */
const beside = /^(weekly-review|export|webhook|revisit-run|quality-draw)\//;

/** What a careless change to a running process does to those that are under way. */
const plants: Array<{ what: string; from: RegExp; to: string; of?: RegExp; but?: string }> = [
  // A process that was left for another has no archive of its own.
  {
    what: 'the archive is another activity',
    from: /\.archiving\.archive\(/g,
    to: '.archiving.archiveTwice(',
    but: '-before.json',
  },
  { what: 'no timers any more', from: /\bclocks\.run\(\)/g, to: 'Promise.resolve()' },
  ...[
    { name: 'weekly-review', activity: 'makeWeeklyPack' },
    { name: 'export', activity: 'makeExport' },
    { name: 'webhook', activity: 'deliverWebhooks' },
    { name: 'revisit-run', activity: 'makeDueRevisits' },
    { name: 'quality-draw', activity: 'drawQualityChecks' },
  ].map(({ name, activity }) => ({
    ...{ what: `${activity} is another activity`, of: new RegExp(`^${name}/`) },
    ...{ from: new RegExp(`\\.${activity}\\(`, 'g'), to: `.${activity}Otherwise(` },
  })),
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
    for (const process of ['consultation', 'complaint', 'escalation', 'acceptance', 'after-sales'])
      expect(paths.filter((path) => path.startsWith(process)).length).toBeGreaterThanOrEqual(8);
    for (const process of ['fault', 'technical-support', 'fault-announcement', 'revisit', 'quality-check'])
      expect(paths.filter((path) => path.startsWith(`${process}/`)).length).toBeGreaterThanOrEqual(5);
    for (const { of } of plants) if (of) expect(paths.filter((path) => of.test(path))).not.toEqual([]);
  });

  it.each(paths)('%s', (path) => replay(path, code), 30_000);
});

describe.each(plants)('a planted change makes each replay fail: $what', ({ from, to, of, but }) => {
  const meant = (path: string) => (of ? of.test(path) : !beside.test(path) && !(but && path.endsWith(but)));

  it('is in the bundle', () => expect(code.replace(from, to)).not.toBe(code));

  it.each(paths.filter(meant))(
    '%s',
    async (path) => {
      const failure = await replay(path, code.replace(from, to)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DeterminismViolationError);
    },
    30_000,
  );
});
