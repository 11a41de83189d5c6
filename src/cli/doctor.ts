import type { Invocation } from './context.ts';
import type { Finding } from './doctor/finding.ts';
import { homeFindings } from './doctor/home.ts';
import { programFindings } from './doctor/programs.ts';
import { serverFindings } from './doctor/server.ts';
import { hanging, padEnd, widthOf, wrap } from './draw/width.ts';
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

/** The widest that names get to stand beside what is said of them, and the least room for that, in columns. */
const MOST_NAME = 30;
const LEAST_WORDS = 20;

/** The sentence, then what has to be done, then what is well. */
export function findingLines(findings: readonly Finding[], terminal: Terminal): readonly string[] {
  const { colours, width } = terminal;
  const order = Object.keys(MARKS);
  const sorted = [...findings].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  const most = Math.min(MOST_NAME, Math.max(10, (width ?? MOST_NAME * 3) - LEAST_WORDS - 4));
  const names = Math.min(most, Math.max(0, ...findings.map(({ name }) => widthOf(name))));
  const indent = ' '.repeat(names + 4);
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_WORDS, width - indent.length);
  return [
    ...hanging(sentence(findings), width),
    '',
    ...sorted.flatMap(({ name, level, words, remedy }) => {
      const [mark, colour] = MARKS[level];
      const todo = remedy === null ? [] : wrap(`→ ${remedy}`, room).map((line) => colours.bold(line));
      const lines = [...wrap(words, room), ...todo];
      // a long name has a line to itself
      const [begin = '', ...more] = hanging(name, width === undefined ? undefined : width - 2);
      return [
        `${colours[colour](mark)} ${widthOf(name) > names ? begin : `${padEnd(begin, names)}  ${lines.shift() ?? ''}`}`,
        ...more.map((line) => `  ${line}`),
        ...lines.map((line) => indent + line),
      ];
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
