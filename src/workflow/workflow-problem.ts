import type { Place } from '../model/workflow.ts';

/** One thing that is wrong with a workflow file, in words. */
export interface WorkflowProblem {
  /** Lower case, no full stop; without path and place. */
  readonly message: string;
  /** Of the file that is wrong: of a called workflow its own. */
  readonly path: string;
  /** Null: it concerns the file as a whole. */
  readonly at: Place | null;
}

/** More than these are not collected: nobody reads them, and a hostile file could have a million. */
export const MAX_PROBLEMS = 20;

/** `.github/workflows/ci.yml:12:5: unexpected key 'run-on'; did you mean 'runs-on'?` */
export function describeProblem(problem: WorkflowProblem): string {
  const { path, at, message } = problem;
  return at === null ? `${path}: ${message}` : `${path}:${at.line}:${at.column}: ${message}`;
}

/** All problems of a file as one text, the first ones in full. */
export function describeProblems(problems: readonly WorkflowProblem[]): string {
  const shown = problems.slice(0, 5).map(describeProblem);
  const more = problems.length - shown.length;
  return more > 0 ? `${shown.join('\n')}\n… and ${more} more` : shown.join('\n');
}

/** Text that comes from a file, short enough for a message. */
export function quote(text: string, most = 80): string {
  const line = text.replace(/\s+/g, ' ');
  return `'${line.length > most ? `${line.slice(0, most - 3)}…` : line}'`;
}

/** Collects what is wrong with one file. */
export interface ProblemList {
  readonly path: string;
  readonly problems: WorkflowProblem[];
  add(message: string, at: Place | null): void;
}

/** Thrown when there are more problems than are collected: reading on would only cost time. */
export class TooManyProblems extends Error {
  override readonly name = 'TooManyProblems';
}

/** An empty list for the file of this path. */
export function problemList(path: string): ProblemList {
  const problems: WorkflowProblem[] = [];
  const add = (message: string, at: Place | null) => {
    // one thing at one place: what is wrong there makes the rest look wrong too
    const isKnown = at !== null && problems.some((one) => one.at?.line === at.line && one.at.column === at.column);
    if (isKnown) return;
    if (problems.length >= MAX_PROBLEMS) throw new TooManyProblems();
    problems.push({ message, path, at });
  };
  return { path, problems, add };
}

/** The problems from the top of the file down; never none. */
export function inOrder({ problems, path }: ProblemList): readonly WorkflowProblem[] {
  if (problems.length === 0) return [{ message: 'it cannot be read', path, at: null }];
  const key = ({ at }: WorkflowProblem) => (at === null ? 0 : at.line * 100_000 + at.column);
  return [...problems].sort((a, b) => key(a) - key(b));
}
