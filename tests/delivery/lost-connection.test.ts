import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, openDatabase } from '@duban/database';
import { type TestDatabase, createTestDatabase } from '../support/database';

const CUTS = 30;
const WORKERS = 12;

let direct: TestDatabase;
let line: Awaited<ReturnType<typeof openLine>>;
let database: Database;

beforeAll(async () => {
  direct = await createTestDatabase();
  line = await openLine(direct.url);
  database = openDatabase(line.url, { max: 4 });
});
afterAll(async () => {
  await database.close();
  line.close();
  await direct.drop();
});

/** A way to the database that can be cut at any moment, in an orderly way or by a reset. */
async function openLine(to: string) {
  const target = new URL(to);
  const callers = new Set<Socket>();
  const server = createServer((caller) => {
    const callee = connect(Number(target.port), target.hostname);
    caller.pipe(callee).pipe(caller);
    callers.add(caller);
    for (const end of [caller, callee])
      end
        .on('error', () => undefined)
        .on('close', () => {
          callers.delete(caller);
          caller.destroy();
          callee.destroy();
        });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(to);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut: (how: 'end' | 'reset') => {
      for (const caller of callers)
        if (how === 'reset') caller.resetAndDestroy();
        else caller.destroy();
    },
    close: () => server.close(),
  };
}

test('a connection lost in mid transaction fails that transaction, and nothing else (ADR 0017)', async () => {
  await direct.sql`create table halves (id int, half int, primary key (id, half))`;
  const committed = new Set<number>();
  const wrong: string[] = [];
  let id = 0;
  let lost = 0;
  let over = false;
  const worker = async () => {
    while (!over) {
      const mine = ++id;
      try {
        const [row] = await database.sql`select ${mine}::int as mine`;
        if (row?.mine !== mine) wrong.push(`${mine} was answered ${JSON.stringify(row)}`);
        await database.sql.begin(async (tx) => {
          await tx`insert into halves values (${mine}, 1)`;
          await tx`insert into halves values (${mine}, 2)`;
        });
        committed.add(mine);
      } catch {
        lost++;
      }
    }
  };
  const workers = Array.from({ length: WORKERS }, worker);
  for (let cut = 0; cut < CUTS; cut++) {
    await sleep(40 + Math.random() * 60);
    line.cut(cut % 2 ? 'reset' : 'end');
  }
  over = true;
  await Promise.all(workers); // none waits for a connection that never comes back
  expect(wrong).toEqual([]);
  expect(lost).toBeGreaterThan(0);
  expect(await direct.sql`select id from halves group by id having count(*) <> 2`).toEqual([]);
  const kept = new Set((await direct.sql`select distinct id from halves`).map((row) => row.id as number));
  expect([...committed].filter((mine) => !kept.has(mine))).toEqual([]);
  // Every connection of the pool is good again.
  const all = Array.from({ length: 8 }, (_, i) => database.sql`select ${i}::int as i`);
  expect((await Promise.all(all)).map(([row]) => row!.i as number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
}, 60_000);

test('after a reset no statement gets the answer to another, and no transaction goes on without its BEGIN', async () => {
  const { sql, close } = openDatabase(line.url, { max: 1 });
  try {
    await sql`select 1`;
    const transaction = sql`select pg_sleep(5)`.then(
      () => [],
      // Begun in the moment between the error and the connection's end.
      () => sql.begin((tx) => [tx`select 1`, tx`select 2`]),
    );
    transaction.catch(() => undefined);
    while (
      (await direct.sql`select 1 from pg_stat_activity where query like '%pg_sleep(5)%' and pid <> pg_backend_pid()`)
        .length < 1
    )
      await sleep(10);
    line.cut('reset');
    await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    for (const i of [1, 2, 3]) expect(await sql`select ${i}::int as i`).toEqual([{ i }]);
  } finally {
    await close();
  }
});

test('what the server said as it ended a connection is not the answer to the first statement of the next', async () => {
  const { sql, close } = openDatabase(direct.url, { max: 1 });
  try {
    const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    const under = sql`select pg_sleep(30)`.catch((error: Error & { code?: string }) => error.code);
    await sleep(100);
    await direct.sql`select pg_terminate_backend(${pid}::int, 5000)`;
    expect(await under).toBe('CONNECTION_CLOSED');
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  } finally {
    await close();
  }
});
