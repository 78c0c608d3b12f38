import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const roots = [__dirname, join(__dirname, '../../shared/contracts/src'), join(__dirname, '../../shared/policy/src')];
const cache = join(__dirname, '../../node_modules/.cache/duban');

/**
 * The workflow bundle, built once for a state of the sources and kept: webpack takes seconds, a start should not.
 * Node only; never part of the bundle itself.
 */
export async function loadWorkflowBundle(): Promise<{ code: string }> {
  const file = join(cache, `workflows-${digest()}.js`);
  try {
    return { code: readFileSync(file, 'utf8') };
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'index.ts'),
      logger: { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} },
    });
    mkdirSync(cache, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file); // whole, or not there
    return { code };
  }
}

function digest(): string {
  const hash = createHash('sha256');
  for (const root of roots)
    for (const name of (readdirSync(root, { recursive: true }) as string[]).filter((n) => n.endsWith('.ts')).sort())
      hash.update(name).update(readFileSync(join(root, name)));
  const sdk = createRequire(__filename).resolve('@temporalio/worker/package.json');
  return hash.update(readFileSync(sdk)).digest('hex').slice(0, 16);
}
