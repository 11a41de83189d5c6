import type { StepCall } from './step-call.ts';

/** What a step is about to do, as a group in the log that can be folded, with the environment it has on top. */
export function printGroup({ job, env }: StepCall, title: string, lines: readonly string[]): void {
  const variables = Object.entries(env).map(([name, value]) => `  ${name}: ${value}`);
  const all = [`##[group]${title}`, ...lines, ...(variables.length > 0 ? ['env:', ...variables] : []), '##[endgroup]'];
  job.log.line(all.join('\n'));
}
