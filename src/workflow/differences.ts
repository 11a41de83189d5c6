import { MappingToken } from '@actions/workflow-parser/templates/tokens/index';
import { type Entry, entriesOf, fieldsOf, type Reading, textOf } from './token-template.ts';

type Fields = ReadonlyMap<string, Entry>;

/** Events that GitHub's schema knows, and that start nothing here. */
const NOT_HERE = new Set(['image_version', 'project', 'project_card', 'project_column', 'pull_request_comment']);

/** What GitHub does with this file and this program does not, each in words with its line; empty: nothing. */
export function findDifferences(reading: Reading, file: Fields): readonly string[] {
  const found = [...eventDifferences(reading, file.get('on')), ...keyDifferences(reading, file)];
  for (const { value, key } of entriesOf(reading, file.get('jobs')?.value)) {
    for (const one of keyDifferences(reading, fieldsOf(reading, value))) found.push(`job ${key}: ${one}`);
  }
  return [...new Set(found)];
}

function eventDifferences(reading: Reading, on: Entry | undefined): readonly string[] {
  const named = entriesOf(reading, on?.value).filter(({ key }) => NOT_HERE.has(key));
  return named.map(
    ({ key, keyAt }) => `nothing starts it for the event ${key} (line ${keyAt.line}): it does not come here`,
  );
}

/** Of the file as a whole, or of a job: they share these keys. */
function keyDifferences(reading: Reading, fields: Fields): readonly string[] {
  const found: string[] = [];
  const say = (entry: Entry | undefined, words: string) => {
    if (entry !== undefined) found.push(`${words} (line ${entry.keyAt.line})`);
  };
  const permissions = fields.get('permissions');
  const idToken = fieldsOf(reading, permissions?.value).get('id-token');
  const asksForId = textOf(idToken?.value) === 'write' || textOf(permissions?.value) === 'write-all';
  const noToken = 'permissions are accepted and change nothing: no token is made for the job';
  say(permissions, asksForId ? `${noToken}, nor an id token (OIDC)` : noToken);
  say(fields.get('snapshot'), 'snapshot is accepted, and no image is made');
  say(fields.get('cancel-timeout-minutes'), 'cancel-timeout-minutes is accepted and changes nothing');
  const concurrency = fields.get('concurrency');
  const queue = fieldsOf(reading, concurrency?.value).get('queue');
  if (textOf(queue?.value) === 'max') say(queue, 'concurrency: of those that wait in a group only the newest is kept');
  const runsOn = fields.get('runs-on');
  if (runsOn?.value instanceof MappingToken)
    say(fieldsOf(reading, runsOn.value).get('group'), 'runs-on: the group says nothing here');
  return found;
}
