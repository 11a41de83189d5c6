import { expect } from 'vitest';
import type { Expected } from './read-cases.ts';

/** What came of a workflow file, whichever way it was run; the shape of `GET /api/runs/:id`. */
export interface ConformanceRun {
  readonly path: string | null;
  readonly title: string;
  readonly conclusion: string | null;
  readonly reason: string | null;
  readonly jobs: readonly ConformanceJob[];
  /** What its tests said. */
  readonly annotations?: readonly Readonly<Record<string, unknown>>[];
}

interface ConformanceJob {
  readonly name: string;
  readonly conclusion: string | null;
  readonly reason: string | null;
  readonly kind?: string;
  readonly annotations?: readonly Readonly<Record<string, unknown>>[];
  readonly summary?: string | null;
  /** All that it said. */
  readonly logText: string;
}

/** Fails unless the run is what is wanted. */
export function checkCase(wanted: Expected, run: ConformanceRun): void {
  const jobs = run.jobs.filter((job) => job.kind !== 'call');
  const reasons = [run.reason, ...run.jobs.map(({ reason }) => reason)].filter((reason) => reason !== null);
  const seen = { conclusion: run.conclusion, reasons, logs: jobs.map(({ name, logText }) => ({ name, logText })) };
  expect(run.conclusion, JSON.stringify(seen, null, 1)).toBe(wanted.expect);
  if (wanted.title !== undefined) expect(run.title).toBe(wanted.title);
  if (wanted.reason !== undefined) expect(reasons.join('\n')).toContain(wanted.reason);
  if (wanted.jobs !== undefined)
    expect(Object.fromEntries(jobs.map(({ name, conclusion }) => [name, conclusion]))).toEqual(wanted.jobs);
  for (const { job, text, isThere } of wanted.logs) {
    const log = jobs.find(({ name }) => name === job)?.logText ?? '';
    if (isThere) expect(log).toContain(text);
    else expect(log).not.toContain(text);
  }
  const annotations = [...(run.annotations ?? []), ...jobs.flatMap((job) => job.annotations ?? [])];
  for (const annotation of wanted.annotations) expect(annotations).toContainEqual(expect.objectContaining(annotation));
  if (wanted.summary !== undefined) expect(jobs.map((job) => job.summary ?? '').join('\n')).toContain(wanted.summary);
}
