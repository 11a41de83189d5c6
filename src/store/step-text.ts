import type { StepRecord } from './job-record.ts';
import { toDate } from './run-rows.ts';

type Stored = Omit<StepRecord, 'startedAt' | 'completedAt'> & { startedAt: number | null; completedAt: number | null };

/** Steps as they are stored: JSON, times in milliseconds. */
export function stepsText(steps: readonly StepRecord[]): string {
  return JSON.stringify(
    steps.map(({ index, name, conclusion, startedAt, completedAt, exit, logOffset }) => ({
      ...{ index, name, conclusion, exit, logOffset },
      startedAt: startedAt && +startedAt,
      completedAt: completedAt && +completedAt,
    })),
  );
}

/** Steps from their text. */
export function parseSteps(text: string): StepRecord[] {
  const steps: Stored[] = JSON.parse(text);
  return steps.map((step) => ({ ...step, startedAt: toDate(step.startedAt), completedAt: toDate(step.completedAt) }));
}
