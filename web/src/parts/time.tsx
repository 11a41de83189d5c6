import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { Services } from '../services.ts';
import type { Ticker } from '../ticker.ts';
import { useRepaint } from '../use-repaint.ts';
import { age, ago, clockTime, duration, period, timeLeft, wholeSeconds } from '../words.ts';

/** Words that change by themselves; painted only when they do. */
function useTicking<T>(make: (ticker: Ticker) => T): T {
  const { ticker } = useContext(Services);
  const value = make(ticker);
  const latest = useRef({ make, value });
  latest.current = { make, value };
  const repaint = useRepaint();
  useEffect(() => {
    const look = () => {
      if (latest.current.make(ticker) !== latest.current.value) repaint();
    };
    return ticker.subscribe(look);
  }, [ticker, repaint]);
  return value;
}

/** Is this the browser? Not at the first paint, which is the same as on the server. */
function useIsHere(): boolean {
  const [isHere, setHere] = useState(false);
  useEffect(() => setHere(true), []);
  return isHere;
}

/** `2026-11-21 12:34:51, 11:34:51 UTC`. On the server only UTC: where the reader is, is not known there. */
function useExact(at: string): string {
  const isHere = useIsHere();
  const utc = `${at.slice(0, 19).replace('T', ' ')} UTC`;
  if (!isHere || new Date(at).getTimezoneOffset() === 0) return utc;
  const local = clockTime(new Date(at), new Date(0)).replace(/\.\d+$/, '');
  return `${local}, ${utc.slice(0, 10) === local.slice(0, 10) ? utc.slice(11) : utc}`;
}

/** How long ago: `38 min`; goes on. `at`: ISO 8601. */
export function Age({ at }: { readonly at: string }) {
  return <Passed at={at} wordsOf={age} />;
}

/** The same as an end of a sentence: `38 min ago`, `1 day ago`, `on 2026-08-16`. */
export function Ago({ at }: { readonly at: string }) {
  return <Passed at={at} wordsOf={ago} />;
}

function Passed({ at, wordsOf }: { readonly at: string; readonly wordsOf: typeof age }) {
  const words = useTicking((ticker) => wordsOf(new Date(at), new Date(ticker.nowMs())));
  const title = useExact(at);
  return (
    <time dateTime={at} title={title}>
      {words}
    </time>
  );
}

/** For how long something holds: `6 days`. */
export function Period({ since }: { readonly since: string }) {
  const words = useTicking((ticker) => period(ticker.nowMs() - Date.parse(since)));
  const title = useExact(since);
  return (
    <time dateTime={since} title={`since ${title}`}>
      {words}
    </time>
  );
}

/** How long it took; while `to` is null, how long it has been going on, each second. */
export function Duration({ from, to }: { readonly from: string; readonly to: string | null }) {
  const words = useTicking((ticker) =>
    to === null ? wholeSeconds(ticker.nowMs() - Date.parse(from)) : duration(Date.parse(to) - Date.parse(from)),
  );
  return <span>{words}</span>;
}

/** What is usually left of something that runs: `1 m 12 s left`, `over by 20 s`; without an estimate, how long it runs. */
export function TimeLeft({ from, usualMs }: { readonly from: string; readonly usualMs: number | null }) {
  const words = useTicking((ticker) =>
    usualMs === null
      ? wholeSeconds(ticker.nowMs() - Date.parse(from))
      : timeLeft(Date.parse(from) + usualMs - ticker.knownMs()),
  );
  return <span>{words}</span>;
}

/** `starts in about 40 s`: how long until something that is expected; `now` once it should be there. */
export function TimeUntil({ at, before, now }: { readonly at: string; readonly before: string; readonly now: string }) {
  const words = useTicking((ticker) => {
    const ms = Date.parse(at) - ticker.knownMs();
    return ms < 1_000 ? now : before + wholeSeconds(ms);
  });
  return <span>{words}</span>;
}

/** The share of the usual time that is over, as a bar. */
export function UsualShare({ from, usualMs }: { readonly from: string; readonly usualMs: number }) {
  const share = useTicking((ticker) =>
    Math.max(0, Math.min(100, Math.round(((ticker.knownMs() - Date.parse(from)) / Math.max(1, usualMs)) * 100))),
  );
  return <progress max={100} value={share} aria-label="Share of the usual time" />;
}

/** Time of the day where the reader is, without a script in UTC, which is said then; with the day where it is not that of `other`. */
export function ClockTime({ at, other }: { readonly at: string; readonly other?: string }) {
  const title = useExact(at);
  const isHere = useIsHere();
  return (
    <time dateTime={at} title={title}>
      {clockTime(new Date(at), new Date(other ?? at), isHere ? 'here' : 'UTC')}
      <noscript> UTC</noscript>
    </time>
  );
}
