import type { TestCase, UnnamedTests } from '../../model/findings.ts';
import type { Places } from './places.ts';
import { clipMessage, clipName, type TestDraft } from './test-draft.ts';

/** Most tests of a job that are told, and most bytes of them: the frame in which they travel has 16 MiB. */
const MAX_TESTS = 5_000;
const MAX_TOLD_BYTES = 6 * 1024 * 1024;

/** Hides what must not be told in a text. */
export interface ReportMasks {
  mask(text: string): string;
}

/** What a draft is read beside. */
export interface Around {
  readonly places: Places;
  /** Of the report, relative to the workspace. */
  readonly folder: string;
  readonly masks: ReportMasks | undefined;
}

/** The test that a draft is of. Masks come before anything is cut: half a secret is not found any more. */
export function toCase(one: TestDraft, { places, folder, masks }: Around): TestCase {
  const { suite, name, conclusion, durationMs, message, isFlaky } = one;
  const place = conclusion === 'failure' ? places.of(one, folder === '.' ? '' : folder) : undefined;
  const mask = (text: string) => masks?.mask(text) ?? text;
  return {
    suite: clipName(mask(places.within(suite))),
    name: clipName(mask(places.within(name))),
    conclusion,
    durationMs: durationMs === null ? null : Math.round(durationMs * 1000) / 1000,
    ...(message === undefined || conclusion !== 'failure'
      ? {}
      : { message: clipMessage(mask(places.within(message))) }),
    ...place,
    ...(isFlaky === true ? { isFlaky } : {}),
  };
}

/** As many as may be told; failing ones first, if not all may. */
export function bounded(tests: readonly TestCase[]): readonly TestCase[] {
  const isFailing = ({ conclusion }: TestCase) => conclusion === 'failure';
  const sorted =
    tests.length <= MAX_TESTS && sizeOf(tests) <= MAX_TOLD_BYTES
      ? tests
      : [...tests.filter(isFailing), ...tests.filter((one) => !isFailing(one))];
  if (sorted === tests) return tests;
  const told: TestCase[] = [];
  let bytes = 0;
  for (const one of sorted.slice(0, MAX_TESTS)) {
    // the first thousand say all that they have to say, then room is made for the names of the others
    const short =
      one.message !== undefined && bytes > MAX_TOLD_BYTES / 2
        ? { ...one, message: clipMessage(one.message, 200) }
        : one;
    bytes += sizeOf([short]);
    if (bytes > MAX_TOLD_BYTES) break;
    told.push(short);
  }
  return told;
}

/** About so many bytes of JSON. */
function sizeOf(tests: readonly TestCase[]): number {
  return tests.reduce(
    (sum, { suite, name, message = '', file = '' }) =>
      sum + 150 + 2 * (suite.length + name.length + message.length + file.length),
    0,
  );
}

/** In words, how tests ended. */
export function countWords(tests: readonly TestCase[], unnamed: UnnamedTests = { passed: 0, skipped: 0 }): string {
  const count = (conclusion: TestCase['conclusion']) => tests.filter((one) => one.conclusion === conclusion).length;
  const [failed, skipped] = [count('failure'), count('skipped') + unnamed.skipped];
  const parts = [
    `${count('success') + unnamed.passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

/** In words, that not all are kept. */
export function keptWords(kept: readonly TestCase[]): string {
  return `of these tests ${kept.length} are kept, failing ones first`;
}
