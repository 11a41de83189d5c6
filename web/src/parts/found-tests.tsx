import type { RunListJson } from '../../../src/web/run-list.ts';

/** The tests by whose names a run, or one of several, was found. */
export function FoundTests({
  tests,
  runs,
}: {
  readonly tests: RunListJson['tests'];
  readonly runs: readonly number[];
}) {
  const own = tests.filter(({ run }) => runs.includes(run));
  return (
    <>
      {own.map(({ run, suite, name, failed }) => (
        <p key={`${run} ${suite} ${name}`} class={failed ? 'mono no cut' : 'mono cut'} title={`${suite} ${name}`}>
          {suite} {name} {failed ? 'failed' : 'ran last here'}
        </p>
      ))}
    </>
  );
}

/** Nothing was found. `further`: the page on which the search goes on, if it has not looked at everything. */
export function NothingFound({
  what,
  all,
  further,
}: {
  readonly what: string;
  readonly all: string;
  readonly further: string | null;
}) {
  return (
    <p class="none">
      {further === null ? `No ${what} fits.` : `None of the newer ${what}s fits.`}{' '}
      {further !== null && (
        <a class="link" href={further}>
          Look at older ones
        </a>
      )}{' '}
      <a class="link" href={all}>
        Show all
      </a>
    </p>
  );
}
