import type { RepositoryPageJson } from '../../../src/web/repository-page.ts';
import { runUrl } from '../urls.ts';
import { count, duration, shortWorkflow } from '../words.ts';
import { Plot } from './plot.tsx';

type Trends = NonNullable<RepositoryPageJson['trends']>;

/** How the default branch is going: plots with their newest value in words, flaky and slow tests, where time goes. */
export function TrendsSide({ trends }: { readonly trends: Trends }) {
  return (
    <>
      <Durations trends={trends} />
      <PassRate trends={trends} />
      <Flakiest trends={trends} />
      <Slowest trends={trends} />
      <Spent trends={trends} />
    </>
  );
}

function Durations({ trends: { durations, step, workflow } }: { readonly trends: Trends }) {
  const newest = durations.at(-1);
  const oldest = durations[0];
  if (newest === undefined || oldest === undefined) return null;
  const most = Math.max(...durations.map(({ ms }) => ms));
  return (
    <section>
      <h2 class="sec">
        Duration
        <span class="meta">
          {shortWorkflow(workflow ?? '')}, last {count(durations.length, 'run')}
        </span>
        <span class="meta">now {duration(newest.ms)}</span>
      </h2>
      <Plot data={{ kind: 'line', ys: durations.map(({ ms }) => ms), markAt: step?.at ?? null }} />
      <p class="axis">
        <span>{oldest.at.slice(0, 10)}</span>
        {step === null ? (
          <span>at most {duration(most)}</span>
        ) : (
          <span>
            {step.by_ms < 0 ? 'faster' : 'slower'} by {duration(Math.abs(step.by_ms))} since{' '}
            <a class="sha" href={runUrl(durations[step.at]?.run ?? 0)}>
              {step.sha.slice(0, 7)}
            </a>
          </span>
        )}
        <span>now</span>
      </p>
    </section>
  );
}

function PassRate({ trends: { pass_rate: days } }: { readonly trends: Trends }) {
  const newest = days.at(-1);
  if (newest === undefined) return null;
  const green = days.filter(({ passed, of }) => passed === of).length;
  return (
    <section>
      <h2 class="sec">
        Pass rate<span class="meta">per day</span>
        <span class="meta">
          {newest.day}: {newest.passed} of {newest.of}
        </span>
      </h2>
      <Plot data={{ kind: 'bars', ys: days.map(({ passed, of }) => passed / of), markAt: null }} />
      <p class="axis">
        <span>{days[0]?.day}</span>
        <span>
          all passed on {green} of {count(days.length, 'day')}
        </span>
      </p>
    </section>
  );
}

function Flakiest({ trends: { flakiest } }: { readonly trends: Trends }) {
  if (flakiest.length === 0) return null;
  return (
    <section>
      <h2 class="sec">
        Flakiest tests<span class="meta">both outcomes on one tree</span>
      </h2>
      <ul class="tests">
        {flakiest.map((test) => (
          <li key={`${test.workflow} ${test.job} ${test.suite} ${test.name}`}>
            <a class="cut" href={runUrl(test.last_run)} title={`${test.suite} ${test.name}`}>
              {test.name}
            </a>
            <span class="meta num">
              failed {test.history.failed} of {test.history.runs}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Slowest({ trends: { slowest, is_green: isGreen } }: { readonly trends: Trends }) {
  if (slowest.length === 0) return null;
  return (
    <section>
      <h2 class="sec">
        Slowest tests
        <span class="meta">{isGreen ? 'in the newest green run' : 'in the newest run; none was green'}</span>
      </h2>
      <ul class="tests">
        {slowest.map(({ suite, name, ms }, at) => (
          <li key={at}>
            <span class="cut" title={`${suite} ${name}`}>
              {name}
            </span>
            <span class="num">{duration(ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Spent({ trends: { time } }: { readonly trends: Trends }) {
  if (time === null || time.parts.length === 0) return null;
  const most = Math.max(1, ...time.parts.map(({ ms }) => ms));
  return (
    <section>
      <h2 class="sec">
        Where time goes
        <span class="meta">
          over all jobs of{' '}
          <a class="sha" href={runUrl(time.run)}>
            #{time.number}
          </a>
        </span>
      </h2>
      <ul class="spent">
        {time.parts.map(({ name, ms }) => (
          <li key={name}>
            <span class="cut" title={name}>
              {name}
            </span>
            <progress max={most} value={ms} aria-label={name} />
            <span class="num">{duration(ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
