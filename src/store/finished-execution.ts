import type { Conclusion, Exit } from '../model/conclusion.ts';
import type { Annotation, TestCase, UnnamedTests } from '../model/findings.ts';
import type { StepRecord } from './job-record.ts';

/** What the store needs of a result; the wire's `ExecutionResult` with dates. */
export interface FinishedExecution {
  readonly job: number;
  readonly execution: number;
  readonly conclusion: Conclusion;
  readonly reason: string | null;
  readonly exit: Exit | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date;
  readonly logBytes: number;
  readonly logBytesDropped: number;
  readonly steps: readonly StepRecord[];
  readonly leftovers: readonly string[];
  /** What a workflow's job says beyond its verdict. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly annotations?: readonly Annotation[];
  /** Markdown. */
  readonly summary?: string;
  readonly tests?: readonly TestCase[];
  /** Beside those: how many its log counts without their names. */
  readonly unnamedTests?: UnnamedTests;
}
