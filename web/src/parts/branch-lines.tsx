import type { RepositoryPageJson } from '../../../src/web/repository-page.ts';
import { type BranchMap, mapBranches } from '../graph/branch-map.ts';
import { repositoryUrl } from '../urls.ts';
import { wordOf } from '../words.ts';
import { Lamp } from './lamp.tsx';
import { Period } from './time.tsx';

type Station = BranchMap['stations'][number];

/** The branches as lines with a station for each commit, the default one on top. Readers have the lists beside it. */
export function BranchLines({ data }: { readonly data: RepositoryPageJson }) {
  const { name, tracks, verdict } = data;
  if (tracks.length === 0) return null;
  const map = mapBranches(tracks);
  return (
    <div class="tracks">
      <ul aria-label="Branches">
        {tracks.map((track) => (
          <li key={track.ref}>
            <Lamp state={track.state} label={wordOf(track.state)} />
            <a class="cut" href={repositoryUrl(name, { ref: track.name })} title={track.name}>
              {track.name}
            </a>
          </li>
        ))}
      </ul>
      <figure aria-hidden="true">
        <svg
          class="map"
          aria-hidden="true"
          width={map.width}
          height={map.height}
          viewBox={`0 0 ${map.width} ${map.height}`}
        >
          {map.rails.map((path) => (
            <path key={path} class="rail" d={path} />
          ))}
          {map.bad.map((path) => (
            <path key={path} class="bad" d={path} />
          ))}
          {map.stations.map((station) => (
            <Mark key={station.run} station={station} />
          ))}
        </svg>
      </figure>
      <ul aria-label="State of the branches">
        {tracks.map((track, at) => (
          <li key={track.ref} class={at === 0 ? undefined : 'dim'}>
            {at === 0 && verdict !== null ? (
              <span>
                {verdict.state === 'green' ? (
                  'Green, passed'
                ) : (
                  <b class="no">{verdict.state === 'broken' ? 'Broken' : 'Untested'}</b>
                )}{' '}
                {verdict.state === 'green' ? '' : 'for '}
                <Period since={verdict.since} />
                {verdict.state === 'green' ? ' ago' : ''}
              </span>
            ) : (
              <span>
                {wordOf(track.state)}, <Period since={track.last_at} /> ago
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Mark({ station: { x, y, state, isPast } }: { readonly station: Station }) {
  switch (state) {
    case 'success':
      return <path class="g" d={`M${x} ${y}h0`} />;
    case 'retried':
      return (
        <>
          <path class="g" d={`M${x} ${y}h0`} />
          <path class="w" d={`M${x} ${y - 8}h0`} />
        </>
      );
    case 'error':
      return <path class={isPast ? 'e' : 'e k'} d={`M${x} ${y - 10}v12m0 3v5`} />;
    case 'failure':
    case 'timed_out':
      return <path class={isPast ? 'f' : 'f k'} d={`M${x} ${y - 10}v20`} />;
    case 'in_progress':
      return <circle class="r" cx={x} cy={y} r={4} />;
    case 'skipped':
      return <path class="rail" d={`M${x - 3} ${y}h6`} />;
    default:
      return <rect class="c" x={x - 3} y={y - 5} width={6} height={10} rx={2} />;
  }
}
