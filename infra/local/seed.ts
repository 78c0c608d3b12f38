import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Db,
  activePolicy,
  createCustomer,
  createStaff,
  importLibraryYears,
  listStaff,
  openDatabase,
  publishPolicy,
  putCategory,
  putDepartment,
  putEmergencyPlan,
  putFaultScope,
  putGroup,
  randomPassword,
  schema,
  seedTone,
  setInitialPassword,
} from '@duban/database';
import { presets } from '@duban/policy/presets';
import { ne } from 'drizzle-orm';
import {
  demoCategories,
  demoCustomers,
  demoDepartments,
  demoGroups,
  demoPlans,
  demoStaff,
  firstLogin,
} from './demo-data';
import { demoFaultScopes } from './demo-faults';
import { seedBusiness } from './demo-business';

interface SignIns {
  administrator?: string;
  demo?: string;
  firstLogin?: string;
}

/**
 * Brings in the public holidays of the years that the library knows and the database does not (G6), at every start.
 * Fills a new database once: the policy presets always; an administrator when `empty`, else the demo centre.
 * A database that has staff is left as it is. `passwordFile` keeps what a person needs to log in (0600).
 */
export async function seedDatabase(
  databaseUrl: string,
  options: { empty: boolean; passwordFile?: string },
): Promise<{ signIn: string[]; fresh: boolean }> {
  const database = openDatabase(databaseUrl, { max: 2 });
  try {
    await importLibraryYears(database.db);
    const fresh = (await listStaff(database.db)).length === 0;
    if (!fresh) return { signIn: describe(read(options.passwordFile)), fresh };
    await seedPolicies(database.db);
    await seedTone(database.db);
    const signIns = options.empty ? await seedAdministrator(database.db) : await seedCentre(database.db);
    if (options.passwordFile) write(options.passwordFile, signIns);
    return { signIn: describe(signIns), fresh };
  } finally {
    await database.close();
  }
}

/** The presets as first versions; the manual's is in force (requirements: document 0's numbers win). */
export async function seedPolicies(db: Db, inForce = 'manual'): Promise<void> {
  await importLibraryYears(db);
  if (await activePolicy(db)) return;
  for (const [id, definition] of Object.entries(presets))
    await publishPolicy(db, { id, definition, activate: id === inForce });
}

async function seedAdministrator(db: Db): Promise<SignIns> {
  await createStaff(db, { id: 'AD001', name: '系统管理员', roles: ['administrator'] });
  const { password } = await setInitialPassword(db, 'AD001');
  return { administrator: password };
}

/** Departments, staff, groups, categories and customers of the demo centre; everyone who has logged in is on duty. */
export async function seedPeople(db: Db): Promise<void> {
  for (const department of demoDepartments) await putDepartment(db, department);
  for (const [i, person] of demoStaff.entries())
    await createStaff(db, {
      ...person,
      phone: `+8613900000${String(i + 1).padStart(3, '0')}`,
      email: `${person.id.toLowerCase()}@duban.example`,
      extension: String(8800 + i),
    });
  await db.update(schema.staff).set({ onDuty: true, capacity: 8 }).where(ne(schema.staff.id, firstLogin));
  for (const group of demoGroups) await putGroup(db, group);
  for (const category of demoCategories)
    await putCategory(db, { parent: null, usualSolution: null, active: true, ...category });
  await seedBusiness(db);
  await db.transaction(async (tx) => {
    for (const scope of demoFaultScopes) await putFaultScope(tx, { ...scope, active: true });
    for (const plan of demoPlans) await putEmergencyPlan(tx, plan);
    for (const customer of demoCustomers()) await createCustomer(tx, customer);
  });
}

async function seedCentre(db: Db): Promise<SignIns> {
  await seedPeople(db);
  const demo = randomPassword();
  for (const { id } of demoStaff) if (id !== firstLogin) await setInitialPassword(db, id, demo, { mustChange: false });
  const { password } = await setInitialPassword(db, firstLogin);
  return { demo, firstLogin: password };
}

function describe(signIns: SignIns): string[] {
  if (signIns.administrator)
    return [
      `Log in as AD001 (administrator) with the initial password ${signIns.administrator}; you choose your own at once.`,
    ];
  if (!signIns.demo) return ['Log in with your staff number and password.'];
  return [
    `Staff          CS001–CS006 agents · TL001 team leader · SV001 supervisor · TS001 technical support`,
    `               TD001 TECH contact · TD002 TECH head · CM001 committee · AD001 administrator`,
    `Password       ${signIns.demo}   (all demo staff but ${firstLogin})`,
    `First login    ${firstLogin} with the initial password ${signIns.firstLogin ?? ''}`,
  ];
}

function read(file: string | undefined): SignIns {
  return file && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SignIns) : {};
}

function write(file: string, signIns: SignIns): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(signIns), { mode: 0o600 });
}

/** The demo centre's common password, for the parts of the local system that act as its people. */
export function demoPassword(dataDir: string): string | undefined {
  return read(join(dataDir, SIGN_IN_FILE)).demo;
}
export const SIGN_IN_FILE = 'sign-in.json';
