import { styleText } from 'node:util';
import type { LevelWithSilent } from 'pino';
import { createLogger, type Logger } from '../support/logger.ts';
import { oneLine } from './harmless.ts';

/** How log lines look: `json` for programs, `text` for people, `colour` for people at a terminal with colours. */
export const LOG_FORMATS = ['json', 'text', 'colour'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What fits this process: readable where a person looks on. */
export function logFormat(env: NodeJS.ProcessEnv, isTerminal: boolean): LogFormat {
  if (!isTerminal) return 'json';
  return env.NO_COLOR || env.TERM === 'dumb' ? 'text' : 'colour';
}

/** Lines beyond so many bytes that wait to be read are dropped, as is what comes when nobody reads any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * The logger of a process of ours: on stderr. Whoever reads it may be slow, or go away (a closed terminal, a program that
 * waits for `ready` and looks no further): that must neither hold up a server nor end a runner in the middle of its job.
 */
export function processLogger(level: LevelWithSilent, format: LogFormat): Logger {
  const { stderr } = process; // a stream: a plain write to a full pipe would stop the whole process
  stderr.on('error', () => {});
  return createLogger(level, {
    write(line) {
      if (stderr.writableLength > MAX_UNREAD_BYTES) return;
      stderr.write(format === 'json' ? line : readable(line, format === 'colour'));
    },
  });
}

const LEVELS: Readonly<Record<number, readonly [name: string, colour: 'gray' | 'green' | 'yellow' | 'red']>> = {
  10: ['trace', 'gray'],
  20: ['debug', 'gray'],
  30: ['info', 'green'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
  60: ['fatal', 'red'],
};

/** `14:03:07 warn  dispatcher: the disk is full  free=12`, from a line of JSON. */
export function readable(line: string, hasColour: boolean): string {
  const { time, level, msg, component, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const paint: (style: 'gray' | 'green' | 'yellow' | 'red', text: string) => string = hasColour
    ? // whether stderr is a terminal was found out by whoever chose the format
      (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text;
  const [name, colour] = LEVELS[Number(level)] ?? ['info', 'green'];
  const at = new Date(Number(time)).toTimeString().slice(0, 8);
  const from = component === undefined ? '' : `${String(component)}: `;
  const details = Object.entries(rest).map(([key, value]) => paint('gray', `  ${key}=${oneLine(plain(value))}`));
  const stack = err === undefined ? '' : `  ${oneLine(messageIn(err))}`;
  return `${paint('gray', at)} ${paint(colour, name.padEnd(5))} ${from}${oneLine(String(msg ?? ''))}${details.join('')}${stack}\n`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function messageIn(err: unknown): string {
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  return String(stack ?? message ?? err);
}
