import type { RepositoryPageJson } from '../../../src/web/repository-page.ts';
import { type CommitRow, commitsByDay, dayWords } from '../commit-rows.ts';
import { repositoryUrl, runUrl, withQuery } from '../urls.ts';
import { duration, shortRef, shortWorkflow, wordOf } from '../words.ts';
import { FoundTests, NothingFound } from './found-tests.tsx';
import { Further } from './further.tsx';
import { Lamp } from './lamp.tsx';
import { Age, Duration } from './time.tsx';

/** Workflows of a commit that have a lamp of their own. */
const MAX_LAMPS = 4;

/** The commits of a page of runs, by day, newest first. */
export function CommitList({ data }: { readonly data: RepositoryPageJson }) {
  const { name, runs, next, query, now, is_older: isOlder } = data;
  const path = repositoryUrl(name);
  const older = next === null ? null : withQuery(path, { ...query, before: String(next) });
  if (runs.length === 0) return <NothingFound what="commit" all={path} further={older} />;
  return (
    <>
      {commitsByDay(runs).map(({ day, commits }) => (
        <section key={day} aria-label={dayWords(day, now)}>
          <h2 class="day">
            {dayWords(day, now)} <span class="meta">UTC</span>
          </h2>
          <ol class="commits">
            {commits.map((row) => (
              <Commit key={row.sha} row={row} data={data} />
            ))}
          </ol>
        </section>
      ))}
      <Further newest={isOlder ? withQuery(path, query) : null} older={older} what="commits" />
    </>
  );
}

function Commit({ row, data }: { readonly row: CommitRow; readonly data: RepositoryPageJson }) {
  const { shown, state, runs } = row;
  const isFirstBad = data.first_bad?.sha === row.sha;
  const failure = isFirstBad ? (data.first_bad?.failure ?? null) : null;
  const where = failure?.file ? `${failure.file}${failure.line === null ? '' : `:${failure.line}`} ` : '';
  const isOther = data.ref !== null && shown.ref !== data.ref;
  return (
    <li data-row>
      <Lamp state={state} label={true} />
      <div>
        <p class="t">
          <a class="cut" href={runUrl(shown.id)} title={row.title}>
            {row.title || '(no message)'}
          </a>
          {isFirstBad && <span class="tag no">first bad commit</span>}
          {shown.reused_from !== null && <span class="tag">same tree, verdict reused</span>}
          {state === 'retried' && <span class="tag warn">passed after retry</span>}
        </p>
        <p class="meta cut">
          <span class="sha">{row.sha.slice(0, 7)}</span>
          {row.author}
          {isOther && `, ${shortRef(shown.ref)}`}
          {shown.reason !== null && `, ${shown.reason}`}
        </p>
        <FoundTests tests={data.tests} runs={runs.map(({ run }) => run.id)} />
        {failure !== null && (
          <p class="mono no cut" title={`${where}${failure.message}`}>
            {where}
            {failure.message}
          </p>
        )}
      </div>
      <p class="runs">
        {runs.slice(0, MAX_LAMPS).map(({ run, state: one }) => (
          <a key={run.id} href={runUrl(run.id)} title={`${run.workflow} #${run.number}: ${wordOf(one)}`}>
            <Lamp state={one} label={true} />
            <span class="cut">{shortWorkflow(run.workflow)}</span>
          </a>
        ))}
      </p>
      <p class={row.ms === null && shown.started_at !== null ? 'num now' : 'num'}>
        {row.ms === null
          ? shown.started_at !== null && <Duration from={shown.started_at} to={shown.completed_at} />
          : duration(row.ms)}
      </p>
      <p class="num">
        <Age at={shown.completed_at ?? shown.created_at ?? data.now} />
      </p>
    </li>
  );
}
