import { MappingToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { PullRequestFilter, RefFilter, Triggers } from '../model/workflow.ts';
import { cronProblem } from './cron-fields.ts';
import { callInterfaceOf, inputsOf } from './parse-inputs.ts';
import { patternProblem } from './patterns.ts';
import { type Entry, entriesOf, fieldsOf, placeOf, type Reading, textOf, textsOf } from './token-template.ts';
import { quote } from './workflow-problem.ts';

type Fields = ReadonlyMap<string, Entry>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What stands under `on`, in any of its three forms. */
export function triggersOf(reading: Reading, token: TemplateToken): Triggers {
  const triggers: Mutable<Triggers> = {};
  if (token instanceof MappingToken) {
    for (const entry of entriesOf(reading, token)) addEvent(reading, triggers, entry.key, entry);
  } else {
    for (const { text } of textsOf(token)) if (text !== '') addEvent(reading, triggers, text, undefined);
  }
  if (Object.keys(triggers).length === 0) reading.problems.add("'on' names no event", placeOf(token));
  return triggers;
}

function addEvent(reading: Reading, triggers: Mutable<Triggers>, name: string, entry: Entry | undefined): void {
  const fields = fieldsOf(reading, entry?.value);
  switch (name) {
    case 'push':
      triggers.push = refFilter(reading, fields);
      break;
    case 'pull_request':
    case 'pull_request_target':
      triggers[name] = { ...pathFilter(reading, fields), ...typesOf(fields) };
      break;
    case 'workflow_dispatch':
      triggers.workflow_dispatch = { inputs: inputsOf(reading, fields.get('inputs')?.value) };
      break;
    case 'workflow_call':
      triggers.workflow_call = callInterfaceOf(reading, entry?.value);
      break;
    case 'schedule':
      triggers.schedule = scheduleOf(reading, entry);
      break;
    case 'workflow_run':
      triggers.workflow_run = workflowRunOf(reading, fields, entry);
      break;
    case 'repository_dispatch':
      triggers.repository_dispatch = typesOf(fields);
      break;
    default:
      triggers.others = { ...triggers.others, [name]: { ...typesOf(fields), ...branchFilter(reading, fields) } };
  }
}

function refFilter(reading: Reading, fields: Fields): RefFilter {
  return {
    ...pathFilter(reading, fields),
    ...patterns(reading, fields, 'tags', 'tags'),
    ...patterns(reading, fields, 'tagsIgnore', 'tags-ignore'),
  };
}

function branchFilter(reading: Reading, fields: Fields): Pick<RefFilter, 'branches' | 'branchesIgnore'> {
  const { branches, branchesIgnore } = pathFilter(reading, fields);
  return {
    ...(branches === undefined ? {} : { branches }),
    ...(branchesIgnore === undefined ? {} : { branchesIgnore }),
  };
}

function pathFilter(reading: Reading, fields: Fields): Omit<PullRequestFilter, 'types'> {
  for (const key of ['branches', 'tags', 'paths']) {
    const ignore = fields.get(`${key}-ignore`);
    if (!fields.has(key) || ignore === undefined) continue;
    const how = `use '${key}' with patterns that begin with !`;
    reading.problems.add(`'${key}' and '${key}-ignore' cannot both be there; ${how}`, ignore.keyAt);
  }
  return {
    ...patterns(reading, fields, 'branches', 'branches'),
    ...patterns(reading, fields, 'branchesIgnore', 'branches-ignore'),
    ...patterns(reading, fields, 'paths', 'paths'),
    ...patterns(reading, fields, 'pathsIgnore', 'paths-ignore'),
  };
}

function patterns<Name extends keyof RefFilter>(
  reading: Reading,
  fields: Fields,
  name: Name,
  key: string,
): { readonly [Key in Name]?: readonly string[] } {
  const entry = fields.get(key);
  if (entry === undefined) return {};
  const texts = textsOf(entry.value);
  for (const { text, at } of texts) {
    const wrong = patternProblem(text);
    if (wrong !== undefined) reading.problems.add(`${quote(text)} is no pattern: ${wrong}`, at);
  }
  if (!key.endsWith('-ignore') && texts.length > 0 && texts.every(({ text }) => text.startsWith('!'))) {
    reading.problems.add(`'${key}' needs a pattern that does not begin with !, or use '${key}-ignore'`, entry.keyAt);
  }
  return { [name]: texts.map(({ text }) => text) } as unknown as { readonly [Key in Name]: readonly string[] };
}

function typesOf(fields: Fields): { readonly types?: readonly string[] } {
  const types = fields.get('types');
  return types === undefined ? {} : { types: textsOf(types.value).map(({ text }) => text) };
}

function scheduleOf(reading: Reading, entry: Entry | undefined): NonNullable<Triggers['schedule']> {
  const items = entry === undefined ? [] : itemsOf(entry.value);
  if (items.length === 0 && entry !== undefined) {
    reading.problems.add("'schedule' needs a list of cron lines (- cron: '0 3 * * *')", entry.keyAt);
  }
  return items.flatMap((item) => {
    const fields = fieldsOf(reading, item);
    const cron = fields.get('cron');
    if (cron === undefined) return [];
    const at = placeOf(cron.value);
    const wrong = cronProblem(textOf(cron.value));
    if (wrong !== undefined) reading.problems.add(wrong, at);
    const timezone = fields.get('timezone');
    const zone = textOf(timezone?.value);
    if (timezone !== undefined && !isTimezone(zone)) {
      reading.problems.add(
        `${quote(zone)} is no time zone (Europe/Berlin, America/New_York, UTC …)`,
        placeOf(timezone.value),
      );
    }
    return [{ cron: textOf(cron.value).trim(), at, ...(timezone === undefined ? {} : { timezone: zone }) }];
  });
}

function itemsOf(token: TemplateToken): readonly TemplateToken[] {
  return Symbol.iterator in token && !(token instanceof MappingToken) ? [...(token as Iterable<TemplateToken>)] : [];
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function workflowRunOf(
  reading: Reading,
  fields: Fields,
  entry: Entry | undefined,
): NonNullable<Triggers['workflow_run']> {
  const workflows = textsOf(fields.get('workflows')?.value).map(({ text }) => text);
  if (workflows.length === 0 && entry !== undefined) {
    reading.problems.add("'workflow_run' needs 'workflows': the names of those it follows", entry.keyAt);
  }
  return { workflows, ...typesOf(fields), ...branchFilter(reading, fields) };
}
