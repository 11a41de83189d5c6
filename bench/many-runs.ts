import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openStore } from '../src/store/open-store.ts';
import { commitOf, newRepository, pushOf } from '../tests/support/store.ts';

export const REPOSITORIES = 200;
export const RUNS = 1_000_000;
const WORDS =
  'fix,add,remove,parser,login,page,cache,update,dependency,bump,release,docs,typo,test,flaky,queue,runner,race,memory,leak,handle,error,empty,input,when,server,restarts,support,windows,path,unicode,refactor,split,large,module,tidy,config,option,webhook,signature,gitlab,mirror,branch,color,theme,dark,search,index,speed,slow,query,retry,backoff'.split(
    ',',
  );

/** A home with a million runs: one of each repository as the program makes it, then copies with other numbers, commits and texts. */
export async function fillHome(home: string): Promise<void> {
  const store = await openStore({ home });
  const now = new Date();
  for (let n = 1; n <= REPOSITORIES; n += 1) {
    const { id } = await store.addRepository(newRepository(`acme/app-${n}`), now);
    await store.dispatch(pushOf(id, [commitOf(n, [])]), now);
  }
  await store.close();
  const database = new DatabaseSync(join(home, 'signalbox.db'));
  const columns = (database.prepare('pragma table_info(runs)').all() as { name: string }[]).map(({ name }) => name);
  const word = (factor: number) =>
    `json_extract('${JSON.stringify(WORDS)}', '$[' || ((repository * 7919 + n * ${factor}) % ${WORDS.length}) || ']')`;
  const own: Readonly<Record<string, string>> = {
    number: 'n + 1',
    sha: "printf('%040x', repository * 1000000 + n)",
    title: `${word(31)} || ' ' || ${word(17)} || ' ' || ${word(5)} || ' ' || ${word(11)} || ' #' || (n % 9973)`,
    author: "'Dev ' || (n % 150) || ' <dev' || (n % 150) || '@example.org>'",
    ref: `case n % 4 when 0 then 'refs/heads/feature-' || (n % 500) else 'refs/heads/main' end`,
    conclusion: "case when n % 17 = 3 then 'failure' else 'success' end",
    reason: 'null',
    started_at: 'created_at + n * 1000',
    completed_at: 'created_at + n * 1000 + 60000',
  };
  const copied = columns.filter((name) => name !== 'id');
  const values = copied.map((name) => own[name] ?? `"${name}"`).join(', ');
  const numbers = `with recursive c(n) as (select 1 union all select n + 1 from c where n < ${RUNS / REPOSITORIES - 1})`;
  const names = copied.map((name) => `"${name}"`).join(', ');
  // n is the outer loop: as if all repositories had been busy all the time
  database.exec(`insert into runs (${names}) ${numbers} select ${values} from c cross join runs where runs.number = 1`);
  database.exec(`update repository_counters set last_number = ${RUNS / REPOSITORIES}`);
  const tip =
    "select sha from runs where runs.repository = branches.repository and ref = 'refs/heads/main' order by number desc limit 1";
  database.exec(`update branches set sha = (${tip})`);
  database.close();
}
