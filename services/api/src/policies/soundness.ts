import { type Db, knownYears } from '@duban/database';
import { Problem } from '@duban/platform';
import type { PolicyDefinition } from '@duban/policy';
import { type MissingYear, PolicyError, checkPolicy, missingYears } from '@duban/policy/compile';

/** What is wrong with a definition, in the policy's own words, or null when it could be published (G5, G6). */
export function unsound(definition: PolicyDefinition): { field: string; code: string; message: string } | null {
  try {
    checkPolicy(definition);
    return null;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { field: `definition.${error.field ?? ''}`, code: error.code, message: error.reason };
  }
}

/** Refuses what could fail a running ticket: 422 `policy-unsound`, naming the place. */
export function assertSound(definition: PolicyDefinition): void {
  const problem = unsound(definition);
  if (!problem) return;
  throw new Problem(
    422,
    'policy-unsound',
    { zh: '时限策略不成立', en: 'The policy does not hold' },
    { errors: [problem] },
  );
}

/** The years that would be all working days under a definition. */
export async function yearsMissing(db: Db, definition: PolicyDefinition): Promise<MissingYear[]> {
  return missingYears(definition, await knownYears(db), new Date());
}
