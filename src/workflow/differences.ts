import { type Entry, entriesOf, fieldsOf, type Reading, textOf } from './token-template.ts';

type Fields = ReadonlyMap<string, Entry>;

/** Events that GitHub's schema knows, and that start nothing here. */
const NOT_HERE = new Set(['image_version', 'project', 'project_card', 'project_column', 'pull_request_comment']);

/** What GitHub does with this file and this program does not, each in words with its line; empty: nothing. */
export function findDifferences(reading: Reading, file: Fields): readonly string[] {
  const jobs = entriesOf(reading, file.get('jobs')?.value).map(({ key, value }) => {
    return { key, fields: fieldsOf(reading, value) };
  });
  return [
    ...eventDifferences(reading, file.get('on')),
    ...tokenDifferences(reading, [file, ...jobs.map(({ fields }) => fields)]),
    ...keyDifferences(reading, file),
    ...jobs.flatMap(({ key, fields }) => keyDifferences(reading, fields).map((one) => `job ${key}: ${one}`)),
  ];
}

function eventDifferences(reading: Reading, on: Entry | undefined): readonly string[] {
  const named = entriesOf(reading, on?.value).filter(({ key }) => NOT_HERE.has(key));
  return named.map(
    ({ key, keyAt }) => `nothing starts it for the event ${key} (line ${keyAt.line}): it does not come here`,
  );
}

/** Who only reads misses nothing: what is checked out needs no token. */
function tokenDifferences(reading: Reading, all: readonly Fields[]): readonly string[] {
  const scopes = new Set<string>();
  const lines = new Set<number>();
  for (const fields of all) {
    const permissions = fields.get('permissions');
    if (permissions === undefined) continue;
    const writes = entriesOf(reading, permissions.value).filter(({ value }) => textOf(value) === 'write');
    const names = textOf(permissions.value) === 'write-all' ? ['all'] : writes.map(({ key }) => key);
    for (const name of names) scopes.add(name);
    if (names.length > 0) lines.add(permissions.keyAt.line);
  }
  if (scopes.size === 0) return [];
  const where = `${lines.size === 1 ? 'line' : 'lines'} ${[...lines].join(', ')}`;
  return [`no token is made for jobs: permissions to write (${[...scopes].join(', ')}; ${where}) change nothing`];
}

/** Of the file as a whole, or of a job: they share these keys. */
function keyDifferences(reading: Reading, fields: Fields): readonly string[] {
  const found: string[] = [];
  const say = (entry: Entry | undefined, words: string) => {
    if (entry !== undefined) found.push(`${words} (line ${entry.keyAt.line})`);
  };
  say(fields.get('snapshot'), 'snapshot is accepted, and no image is made');
  say(fields.get('cancel-timeout-minutes'), 'cancel-timeout-minutes is accepted and changes nothing');
  const runsOn = fieldsOf(reading, fields.get('runs-on')?.value);
  say(runsOn.get('group'), 'runs-on: the group says nothing here');
  return found;
}
