import type { Invocation } from './context.ts';
import type { Finding } from './doctor/finding.ts';
import { homeFindings } from './doctor/home.ts';
import { programFindings } from './doctor/programs.ts';
import { serverFindings } from './doctor/server.ts';
import { padEnd, widthOf, wrap } from './draw/width.ts';
import { EXIT } from './exit-code.ts';
import { settingsFor } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `signalbox doctor`. Looks, and changes nothing. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, options } = invocation;
  const config = await settingsFor(invocation);
  const findings = [
    ...(await programFindings(context.env)),
    ...(await homeFindings(config.home)),
    ...(await serverFindings(config)),
  ];
  const isWell = findings.every(({ level }) => level !== 'bad');
  if (options.json) context.terminal.json({ ok: isWell, checks: findings });
  else for (const line of findingLines(findings, context.terminal)) context.terminal.line(line);
  return isWell ? EXIT.done : EXIT.impossible;
}

const MARKS = { bad: ['✗', 'red'], warn: ['!', 'yellow'], note: ['·', 'gray'], ok: ['✓', 'green'] } as const;

/** The sentence, then what has to be done, then what is well. */
export function findingLines(findings: readonly Finding[], terminal: Terminal): readonly string[] {
  const { colours, width } = terminal;
  const order = Object.keys(MARKS);
  const sorted = [...findings].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  const names = Math.min(30, Math.max(0, ...findings.map(({ name }) => widthOf(name))));
  const indent = ' '.repeat(names + 4);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(20, width - indent.length);
  return [
    sentence(findings),
    '',
    ...sorted.flatMap(({ name, level, words, remedy }) => {
      const [mark, colour] = MARKS[level];
      const todo = remedy === null ? [] : wrap(`→ ${remedy}`, room).map((line) => colours.bold(line));
      const lines = [...wrap(words, room), ...todo];
      // a long name has a line to itself
      const first = widthOf(name) > names ? '' : `  ${lines.shift() ?? ''}`;
      return [`${colours[colour](mark)} ${padEnd(name, names)}${first}`, ...lines.map((line) => indent + line)];
    }),
  ];
}

function sentence(findings: readonly Finding[]): string {
  const many = (level: Finding['level']) => findings.filter((one) => one.level === level).length;
  const bad = many('bad');
  const warnings = many('warn');
  if (bad === 0 && warnings === 0) return 'All is as it has to be';
  const parts = [
    ...(bad > 0
      ? [`${bad} ${bad === 1 ? 'thing does' : 'things do'} not work as ${bad === 1 ? 'it has' : 'they have'} to`]
      : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'thing' : 'things'} to look at`] : []),
  ];
  return parts.join(', ');
}
