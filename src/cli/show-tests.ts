import { alikeTests, firstWords } from '../model/alike-tests.ts';
import type { ApiTests } from '../protocol/api-schema.ts';
import { clip, widthOf } from './draw/width.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';

/** Tests that are listed; the API has all of them. */
const MAX_LISTED = 20;

type ApiTest = ApiTests['cases'][number];

/** The tests of a run: counts, then those that failed and those that recovered, each with its place and its message. */
export function testLines(
  tests: ApiTests | null | undefined,
  terminal: Terminal,
  most = MAX_LISTED,
): readonly string[] {
  if (!tests) return [];
  const groups = alikeTests(tests.cases);
  const listed = groups.slice(0, most);
  const more = tests.failed + tests.flaky - listed.flat().length;
  return [
    `  tests    ${countsOf(tests, terminal)}`,
    ...listed.flatMap((group) => linesOf(group, terminal)),
    ...(more > 0 ? [`    and ${more} more`] : []),
    '',
  ];
}

function countsOf({ passed, failed, skipped, flaky }: ApiTests, { colours }: Terminal): string {
  const parts = [
    ...(failed > 0 ? [colours.red(`${failed} failed`)] : []),
    `${passed} passed`,
    ...(flaky > 0 ? [colours.yellow(`${flaky} of them after retry`)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

/** Jobs that are named; of more it is said how many there are. */
const MOST_JOBS = 4;

function jobsOf(tests: readonly ApiTest[]): readonly string[] {
  if (tests.length < 2) return [];
  const names = tests.slice(0, MOST_JOBS).map((test) => oneLine(test.job_name));
  const more = tests.length - names.length;
  return [`      in ${tests.length} jobs: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function linesOf(group: readonly [ApiTest, ...ApiTest[]], terminal: Terminal): readonly string[] {
  const { colours, width } = terminal;
  const [test] = group;
  const sign = test.recovered ? colours.yellow('~') : colours.red('✗');
  const suite = test.suite === '' ? '' : `${oneLine(test.suite)} › `;
  const at = test.file === null ? '' : `  ${colours.yellow(oneLine(placeOf(test)))}`;
  const first = firstWords(test);
  const cut = (line: string) => (width === undefined ? line : clip(line, width));
  const { failed_tries: failed, tries } = test.history;
  return [
    ...headLines(`    ${sign} ${suite}${colours.bold(oneLine(test.name))}`, at, terminal),
    ...(first === undefined ? [] : [cut(`      ${oneLine(first)}`)]),
    ...jobsOf(group).map(cut),
    ...(test.flaky
      ? [`      ${colours.yellow(`flaky: failed ${failed} of its last ${tries} ${tries === 1 ? 'try' : 'tries'}`)}`]
      : []),
  ];
}

/** File and line stay whole: where they do not fit behind the name they stand below it. */
function headLines(name: string, at: string, { width }: Terminal): readonly string[] {
  if (width === undefined || widthOf(name + at) <= width) return [name + at];
  return [clip(name, width), ...(at === '' ? [] : [`    ${at}`])];
}

function placeOf({ file, line }: ApiTest): string {
  return line === null ? `${file}` : `${file}:${line}`;
}
