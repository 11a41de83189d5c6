import { useMemo, useState } from 'preact/hooks';
import type { HomeRow } from '../../../src/web/home.ts';
import type { PageView } from '../page.ts';
import { FirstCommit, Hello } from '../parts/hello.tsx';
import { Lamp, Sign } from '../parts/lamp.tsx';
import { RepositoryRow } from '../parts/repository-row.tsx';
import { StripLegend } from '../parts/strip.tsx';
import { withQuery } from '../urls.ts';
import { count } from '../words.ts';

/** Which repositories are shown. */
type Shown = 'all' | 'broken' | 'running' | 'waiting';

/** Data of the home page. */
export interface HomeData {
  readonly repositories: readonly HomeRow[];
  readonly show: Shown;
  /** Text in the name. */
  readonly q: string;
  /** Where the server is, for commands and webhooks. */
  readonly base: string;
}

/** All repositories, each with its verdict. */
export const home: PageView<HomeData> = {
  name: 'home',
  section: 'repositories',
  title: ({ repositories }) => homeSentence(repositories),
  said: ({ repositories }) => homeSentence(repositories),
  concernedBy: () => [{ type: 'run.' }, { type: 'repository.' }, { type: 'job.' }, { type: 'ref.' }],
  Component: HomePage,
};

function HomePage({ data }: { readonly data: HomeData }) {
  const { repositories } = data;
  if (repositories.length === 0) return <Hello base={data.base} />;
  if (repositories.every(({ commits }) => commits.length === 0)) return <FirstCommit repositories={repositories} />;
  return <RepositoryList data={data} />;
}

const isBad = ({ state }: HomeRow) => state === 'broken' || state === 'untested';
const TABS: readonly { show: Shown; name: string; fits(row: HomeRow): boolean }[] = [
  { show: 'all', name: 'All', fits: () => true },
  { show: 'broken', name: 'Broken', fits: isBad },
  { show: 'running', name: 'Running', fits: ({ running }) => running !== null },
  { show: 'waiting', name: 'Waiting', fits: ({ waiting }) => waiting !== null },
];

function RepositoryList({ data }: { readonly data: HomeData }) {
  const { repositories } = data;
  const [show, setShow] = useState<Shown>(data.show);
  const [text, setText] = useState(data.q);
  const { rows, newlyBroken, sortAgain } = useSettledOrder(repositories);
  const tab = TABS.find((one) => one.show === show);
  const needle = text.trim().toLowerCase();
  const shown = rows.filter((row) => tab?.fits(row) !== false && row.name.toLowerCase().includes(needle));
  return (
    <>
      <div class="head">
        <h1>
          <Lamp state={worstOf(repositories)} large />
          {homeSentence(repositories)}
        </h1>
        <Tabs rows={repositories} show={show} q={text} onShow={setShow} />
        <form role="search" action="/" method="get" onSubmit={(event) => event.preventDefault()}>
          <label class="field find">
            <Sign name="search" />
            <span class="sr">Filter repositories</span>
            <input
              type="search"
              name="q"
              placeholder="Filter"
              value={text}
              data-filter
              onInput={(event) => setText(event.currentTarget.value)}
            />
            <kbd aria-hidden="true">f</kbd>
          </label>
        </form>
      </div>
      <div class="cols" aria-hidden="true">
        <span>Repository, branches</span>
        <span class="strip-h">
          <span>50 commits ago</span>
          <span>newest</span>
        </span>
        <span>State of the default branch</span>
        <span>Now</span>
      </div>
      {newlyBroken > 0 && (
        <p class="newly">
          <button class="btn s" type="button" onClick={sortAgain}>
            {newlyBroken} newly broken, show first
          </button>
        </p>
      )}
      <ul class="repos">
        {shown.map((row) => (
          <RepositoryRow key={row.id} row={row} />
        ))}
      </ul>
      {shown.length === 0 && (
        <p class="none">
          No repository fits.{' '}
          <a class="link" href="/">
            Show all
          </a>
        </p>
      )}
      <StripLegend />
      <p class="more">
        <a class="link" href="/runs">
          All runs, newest first
        </a>
      </p>
    </>
  );
}

function Tabs(props: {
  readonly rows: readonly HomeRow[];
  readonly show: Shown;
  readonly q: string;
  onShow(show: Shown): void;
}) {
  const { rows, show, q, onShow } = props;
  return (
    <nav class="tabs" aria-label="Show">
      {TABS.map((tab) => (
        <a
          key={tab.show}
          href={withQuery('/', { ...(tab.show !== 'all' && { show: tab.show }), ...(q !== '' && { q }) })}
          aria-current={tab.show === show ? 'true' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.button !== 0) return;
            event.preventDefault();
            history.replaceState(null, '', event.currentTarget.href);
            onShow(tab.show);
          }}
        >
          {tab.name} <b>{rows.filter(tab.fits).length}</b>
        </a>
      ))}
    </nav>
  );
}

/** Rows keep the places that they had when the page was opened, until somebody asks for another order. */
function useSettledOrder(repositories: readonly HomeRow[]) {
  const [settled, setSettled] = useState(repositories);
  const places = useMemo(() => new Map(settled.map(({ id }, at) => [id, at])), [settled]);
  const wereBad = useMemo(() => new Set(settled.filter(isBad).map(({ id }) => id)), [settled]);
  const place = ({ id }: HomeRow) => places.get(id) ?? Number.MAX_SAFE_INTEGER;
  return {
    rows: [...repositories].sort((a, b) => place(a) - place(b)),
    newlyBroken: repositories.filter((row) => isBad(row) && !wereBad.has(row.id)).length,
    sortAgain: () => setSettled(repositories),
  };
}

function worstOf(rows: readonly HomeRow[]) {
  if (rows.some(({ state }) => state === 'broken')) return 'failure';
  if (rows.some(({ state }) => state === 'untested')) return 'error';
  return rows.some(({ state }) => state === 'green') ? 'success' : 'queued';
}

/** The first thing to be read: `checkout-web is broken`, `All 12 repositories are green`. */
export function homeSentence(rows: readonly HomeRow[]): string {
  const broken = rows.filter(({ state }) => state === 'broken');
  const untested = rows.filter(({ state }) => state === 'untested');
  const green = rows.filter(({ state }) => state === 'green');
  if (rows.length === 0) return 'Connect your first repository';
  if (broken.length + untested.length + green.length === 0)
    return rows.some(({ commits }) => commits.length > 0) ? 'No verdict yet' : 'Waiting for the first commit';
  if (broken.length + untested.length === 0)
    return green.length === 1 && rows.length === 1
      ? `${shortName(green[0])} is green`
      : green.length === rows.length
        ? `All ${count(green.length, 'repository', 'repositories')} are green`
        : `${green.length} of ${count(rows.length, 'repository', 'repositories')} are green, none is broken`;
  return [
    ...tell(broken, 'is broken', 'are broken'),
    ...tell(untested, 'could not be tested', 'could not be tested', broken.length > 0),
  ].join(', ');
}

/** The name of the one, the number of several; of a second kind the number alone. */
function tell(rows: readonly HomeRow[], one: string, many: string, isSecond = false): string[] {
  if (rows.length === 0) return [];
  if (isSecond) return [`${rows.length} ${rows.length === 1 ? one : many}`];
  if (rows.length === 1) return [`${shortName(rows[0])} ${one}`];
  return [`${count(rows.length, 'repository', 'repositories')} ${many}`];
}

function shortName(row: HomeRow | undefined): string {
  return row?.name.split('/').at(-1) ?? '';
}
