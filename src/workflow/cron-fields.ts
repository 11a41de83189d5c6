import { quote } from './workflow-problem.ts';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: DAYS },
];

/** What is wrong with the cron line of a schedule, in words; undefined: nothing. POSIX only, as on GitHub. */
export function cronProblem(cron: string): string | undefined {
  const parts = cron.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    const form = 'minute, hour, day of the month, month, day of the week';
    return `${quote(cron)} is no cron line: it has ${parts.length} fields, not 5 (${form})`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const part = parts[index] ?? '';
    if (part.split(',').every((item) => isItem(item, field))) continue;
    const range = `${field.min} to ${field.max}${field.names.length > 0 ? ` or ${field.names.join(' ')}` : ''}`;
    return `${quote(cron)} is no cron line: ${quote(part)} is no ${field.name} (${range}; lists, ranges a-b, steps */n)`;
  }
  return undefined;
}

function isItem(item: string, field: Field): boolean {
  const [range = '', step, more] = item.split('/');
  if (more !== undefined || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === '*') return true;
  const [from = '', to, rest] = range.split('-');
  if (rest !== undefined) return false;
  const low = numberOf(from, field);
  const high = to === undefined ? low : numberOf(to, field);
  return low !== undefined && high !== undefined && low <= high;
}

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  if (!/^\d{1,2}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}
