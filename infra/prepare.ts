import { searchAttributeTypes } from '@duban/contracts';
import { migrate } from '@duban/database';
import { readEnvironment, serviceEnvironment, temporalAddress } from '@duban/platform';
import { seedDatabase } from './local/seed';
import { registerSearchAttributes } from './local/temporal';

/**
 * What a database and a Temporal namespace need before the services start: migrations, search attributes, and, where
 * there is nobody yet, the policy presets and one administrator, whose initial password is printed once. Run it
 * before each rollout; again it changes nothing. Locally `npm start` does the same.
 */
async function main(): Promise<void> {
  const settings = readEnvironment(serviceEnvironment, process.env);
  const { DATABASE_URL, TEMPORAL_NAMESPACE } = settings;
  const temporal = temporalAddress(settings);
  await migrate(DATABASE_URL);
  await registerSearchAttributes(temporal, searchAttributeTypes, TEMPORAL_NAMESPACE);
  const { fresh, signIn } = await seedDatabase(DATABASE_URL, { empty: true });
  console.log(['Prepared.', ...(fresh ? signIn : [])].join('\n'));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
