import type { ApiTests } from '../protocol/api-schema.ts';
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
  const listed = tests.cases.slice(0, most);
  const more = tests.failed + tests.flaky - listed.length;
  return [
    `  tests    ${countsOf(tests, terminal)}`,
    ...listed.flatMap((test) => linesOf(test, terminal)),
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

function linesOf(test: ApiTest, { colours }: Terminal): readonly string[] {
  const sign = test.recovered ? colours.yellow('~') : colours.red('✗');
  const suite = test.suite === '' ? '' : `${oneLine(test.suite)} › `;
  const at = test.file === null ? '' : `  ${colours.yellow(oneLine(placeOf(test)))}`;
  const first = (test.message ?? '').split('\n').find((line) => line.trim() !== '');
  const { failed, runs } = test.history;
  return [
    `    ${sign} ${suite}${colours.bold(oneLine(test.name))}${at}`,
    ...(first === undefined ? [] : [`      ${oneLine(first)}`]),
    ...(test.flaky
      ? [`      ${colours.yellow(`flaky: failed ${failed} of its last ${runs} ${runs === 1 ? 'run' : 'runs'}`)}`]
      : []),
  ];
}

function placeOf({ file, line }: ApiTest): string {
  return line === null ? `${file}` : `${file}:${line}`;
}
