import { openDatabase } from '@duban/database';
import { connectTemporal, createLogger, readEnvironment, serviceEnvironment } from '@duban/platform';
import { findingRemedies, reconcile } from './reconciliation';

export { reconcile } from './reconciliation';

/** `npm run reconcile [-- --repair]`: prints what differs; exit code 0 when all is well or repaired, else 1. */
async function main(): Promise<number> {
  const repair = process.argv.includes('--repair');
  const settings = readEnvironment(serviceEnvironment, process.env);
  const database = openDatabase(settings.DATABASE_URL);
  const temporal = await connectTemporal(settings);
  try {
    const log = createLogger('reconcile', 'warn');
    const findings = await reconcile({ database, client: temporal.client, log, repair });
    for (const { kind, ticket, differs, repaired } of findings) {
      console.log(`${repaired ? 'repaired' : 'differs '}  ${ticket}  ${kind}  ${differs}`);
      if (!repaired) console.log(`          ${findingRemedies[kind].zh} · ${findingRemedies[kind].en}`);
    }
    const left = findings.filter((finding) => !finding.repaired).length;
    console.log(`${findings.length} differences, ${findings.length - left} repaired, ${left} left`);
    return left === 0 ? 0 : 1;
  } finally {
    await temporal.close();
    await database.close();
  }
}

if (require.main === module)
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
