import { quote } from './workflow-problem.ts';

/** What is wrong with the id of a job or a step; undefined: nothing. */
export function idProblem(id: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(id)) {
    return `the id ${quote(id)} is not valid: it begins with a letter or _, and has letters, digits, _ and - only`;
  }
  if (id.length >= 100) return `the id ${quote(id)} is too long: fewer than 100 characters`;
  return id.startsWith('__') ? `the id ${quote(id)} is not valid: ids that begin with __ are reserved` : undefined;
}
