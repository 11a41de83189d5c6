import { FROM_A_FORK } from '../../../src/model/trust.ts';
import type { HomeRow } from '../../../src/web/home.ts';
import type { HomeCommit } from '../../../src/web/home-parts.ts';
import { logUrl, repositoryUrl, runUrl } from '../urls.ts';
import { count, wordOf } from '../words.ts';
import { Lamp } from './lamp.tsx';
import { Prose } from './prose.tsx';
import { Strip } from './strip.tsx';
import { Age, Period, TimeLeft, UsualShare } from './time.tsx';

/** A repository on the home page: name and branches, its commits, its state, and what it does now. */
export function RepositoryRow({ row }: { readonly row: HomeRow }) {
  const { name } = row;
  const isBad = row.state === 'broken' || row.state === 'untested';
  return (
    <li class={isBad ? 'bad' : undefined} data-row>
      <div>
        <h2 class="name">
          <Lamp state={lampOfState(row)} label={stateWord(row)} />
          <a class="cut" href={repositoryUrl(name)} title={name}>
            <small>{name.slice(0, name.lastIndexOf('/') + 1)}</small>
            {name.slice(name.lastIndexOf('/') + 1)}
          </a>
        </h2>
        <Lights row={row} />
      </div>
      <Strip states={row.commits} firstBad={row.first_bad} href={repositoryUrl(name)} load={() => loadCommits(row)} />
      <State row={row} />
      <Now row={row} />
    </li>
  );
}

async function loadCommits({ id }: HomeRow): Promise<readonly HomeCommit[]> {
  const answer = await fetch(`/api/repositories/${id}/commits`);
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const { commits }: { commits: readonly HomeCommit[] } = await answer.json();
  return commits;
}

function lampOfState({ state, newest }: HomeRow) {
  if (state === 'broken') return 'failure';
  if (state === 'untested') return 'error';
  return state === 'green' ? 'success' : (newest?.state ?? 'queued');
}

function stateWord({ state, newest }: HomeRow): string {
  if (state === 'broken') return 'Broken';
  if (state === 'untested') return 'Could not be tested';
  return state === 'green' ? 'Green' : newest === null ? 'Nothing tested yet' : wordOf(newest.state);
}

const BRANCH_WORDS: Readonly<Record<string, string>> = { success: 'green', failure: 'broken' };

function Lights({ row: { branches, more_branches: more } }: { readonly row: HomeRow }) {
  return (
    <p class="lights">
      {branches.map(({ ref, name, state }) => (
        <span key={ref}>
          <Lamp state={state} label={BRANCH_WORDS[state] ?? wordOf(state)} />
          <em title={name}>{name}</em>
        </span>
      ))}
      {more > 0 && <span class="plus">+{more}</span>}
    </p>
  );
}

function State({ row }: { readonly row: HomeRow }) {
  const { state, since, newest } = row;
  if (since === null || state === null || newest === null)
    return (
      <div class="state">
        <p>{newest === null ? 'Waiting for its first commit' : 'No verdict yet'}</p>
      </div>
    );
  if (state !== 'green') return <BadState row={row} since={since} />;
  return (
    <div class="state">
      <p>
        Green for {since.is_longer && 'over '}
        <Period since={since.at} />
        {newest.state === 'retried' && [
          ' ',
          <span key="tag" class="tag warn">
            passed after retry
          </span>,
        ]}
      </p>
      <p class="meta">
        <span class="cut" title={newest.title}>
          {newest.title || '(no message)'}
        </span>
        <span>{newest.author}</span>
        <Age at={newest.at} />
      </p>
    </div>
  );
}

function BadState({ row, since }: { readonly row: HomeRow; readonly since: NonNullable<HomeRow['since']> }) {
  const { state, workflows, failure, broken_since: breakage } = row;
  const isBroken = state === 'broken';
  const doubt = breakage !== null && !breakage.is_certain ? 'probably ' : '';
  return (
    <div class="state">
      <p>
        <b class={isBroken ? 'no' : 'odd'}>{isBroken ? 'Broken' : 'Could not be tested'}</b> {doubt}since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>{' '}
        by {since.author}
        {workflows > 1 && `, ${count(workflows, 'workflow')}`}
      </p>
      <p class="meta">
        {failure !== null && (
          <a
            class={`mono ${isBroken ? 'no' : 'odd'}`}
            href={failure.job === null ? runUrl(failure.run) : logUrl(failure.run, failure.job)}
            title={failureWords(failure, true)}
          >
            {failureWords(failure, false)}
          </a>
        )}
        <Age at={since.at} />
      </p>
    </div>
  );
}

/** `retry.test.ts:142 expected 4 to be 3`; folders only where there is room. */
function failureWords({ file, line, message }: NonNullable<HomeRow['failure']>, isWhole: boolean): string {
  if (file === null) return message;
  const name = isWhole ? file : file.slice(file.lastIndexOf('/') + 1);
  return `${name}${line === null ? '' : `:${line}`} ${message}`;
}

function Now({ row: { running, waiting } }: { readonly row: HomeRow }) {
  if (running !== null)
    return (
      <div class="going">
        <a class="cut" href={runUrl(running.run)} title={`#${running.number} ${running.branch}`}>
          #{running.number} {running.branch}
        </a>
        <TimeLeft from={running.started_at} usualMs={running.usual_ms} />
        {running.usual_ms !== null && <UsualShare from={running.started_at} usualMs={running.usual_ms} />}
      </div>
    );
  if (waiting === null) return <div class="going" />;
  return (
    <div class="going">
      <p class="why" title={waiting.reason}>
        <Lamp state="queued" />{' '}
        <a href={runUrl(waiting.run)}>
          {count(waiting.jobs)} {waiting.jobs === 1 ? 'waits' : 'wait'}
        </a>
        : <Prose words={shortReason(waiting.reason)} />
      </p>
    </div>
  );
}

/** What there is room for; the whole of it is on the page of the run. */
function shortReason(reason: string): string {
  return reason === FROM_A_FORK ? 'from a fork, for approval' : (reason.split(';')[0] ?? '');
}
