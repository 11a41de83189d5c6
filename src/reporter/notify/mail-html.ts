import { harmless } from '../../support/harmless.ts';
import type { Occasion } from './decide.ts';
import { headOf } from './digest.ts';
import { type Html, html, raw } from './html.ts';
import { plainLines } from './log-tail.ts';
import { DARK, STYLE } from './mail-style.ts';
import type { Notice, NoticeFailure, NoticeTest } from './notice.ts';
import { restOf, shownOf, type Telling } from './telling.ts';
import {
  clip,
  factsOf,
  failureHead,
  flakyWords,
  jobsWords,
  moreTests,
  sentenceOf,
  sinceWords,
  statementsOf,
  testName,
  testPlace,
} from './words.ts';

/** Most characters of a test's message. */
const MESSAGE = 1_500;

/**
 * The mail as a page: tables and inline styles, since that is what mail programs show alike; nothing from elsewhere; dark
 * where the reader's program is. Everything from outside is escaped.
 */
export function mailHtml(telling: Telling): string {
  const { shown, more } = shownOf(telling);
  const [only] = shown;
  const isSingle = shown.length === 1 && only !== undefined;
  const title = isSingle ? sentenceOf(only) : headOf(telling.notices);
  const tone = toneOf(shown[0]?.occasion ?? 'success');
  const parts = isSingle ? single(only) : html`${shown.map((notice) => brief(notice))}`;
  const rest = restOf(telling, more);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${title}</title><style>${raw(DARK)}</style></head>
<body class="canvas" style="${STYLE.canvas}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:680px"><tr><td align="left">
${only?.isTrial ? html`<p class="dim" style="${STYLE.dim}">This is a test: nothing happened.</p>` : ''}
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td width="4" class="bar-${tone}" style="${STYLE.bar[tone]}">&nbsp;</td>
<td style="padding:2px 0 2px 12px"><h1 class="text" style="${STYLE.title}">${title}</h1></td>
</tr></table>
${parts}
${rest.map((line) => html`<p class="dim" style="${STYLE.dim}">${line}</p>`)}
<p class="foot" style="${STYLE.foot}">${telling.why}</p>
</td></tr></table></td></tr></table></body></html>
`.text;
}

type Tone = keyof typeof STYLE.bar;

/** The colour of what is said. */
export function toneOf(occasion: Occasion): Tone {
  switch (occasion) {
    case 'fixed':
    case 'success':
      return 'success';
    case 'error':
      return 'error';
    case 'cancelled':
      return 'idle';
    default:
      return 'failure';
  }
}

function single(notice: Notice): Html {
  const { tests, failure, run } = notice;
  return html`
${statementsOf(notice).map(([words, title]) => statement(words, title))}
${(tests?.cases.length ?? 0) > 0 ? testsOf(notice) : ''}
${failure === null ? '' : failureOf(failure)}
${facts(notice)}
<p style="margin:16px 0 0"><a class="button" href="${run.url}" style="${STYLE.button}">Open run #${run.number}</a></p>`;
}

function statement(words: string, title: string): Html {
  return html`<p class="text" style="${STYLE.text}">${words}<br><span class="dim" style="${STYLE.soft}">${title}</span></p>`;
}

/** A part of a digest. */
function brief(notice: Notice): Html {
  const since = sinceWords(notice);
  const [first] = notice.occasion === 'fixed' ? [] : (notice.tests?.cases ?? []);
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="line" style="${STYLE.row}">
<a class="tone-${toneOf(notice.occasion)}" href="${notice.run.url}" style="${STYLE.link[toneOf(notice.occasion)]}">${sentenceOf(notice)}</a>
${since === null ? '' : html`<br><span class="text">${since}</span>`}
${first === undefined ? '' : html`<br><span class="dim" style="${STYLE.soft}">${testName(first)} ${testPlace(first)}</span>`}
</td></tr></table>`;
}

function testsOf(notice: Notice): Html {
  const cases = notice.tests?.cases ?? [];
  const more = moreTests(notice, cases.length);
  return html`<h2 class="text" style="${STYLE.heading}">Failing tests</h2>
${cases.map((test) => testOf(test))}
${more === null ? '' : html`<p class="dim" style="${STYLE.dim}">${more}</p>`}`;
}

function testOf(test: NoticeTest): Html {
  const place = testPlace(test);
  const flaky = flakyWords(test);
  const jobs = jobsWords(test);
  const message = clip(harmless(test.message ?? '').trim(), MESSAGE);
  return html`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="line" style="${STYLE.row}">
<strong class="text" style="font-weight:600">${testName(test)}</strong>
${flaky === '' ? '' : html` <span class="tone-warn" style="${STYLE.warn}">${flaky}</span>`}
${place === '' ? '' : html`<br><span class="mono dim" style="${STYLE.place}">${place}</span>`}
${jobs === '' ? '' : html`<br><span class="dim" style="${STYLE.soft}">${jobs}</span>`}
${message === '' ? '' : html`<pre class="code" style="${STYLE.code}">${message}</pre>`}
</td></tr></table>`;
}

function failureOf(failure: NoticeFailure): Html {
  const { lines, url } = failure;
  return html`<h2 class="text" style="${STYLE.heading}">${failureHead(failure)}</h2>
${lines.length === 0 ? '' : html`<pre class="code" style="${STYLE.code}">${plainLines(lines).join('\n')}</pre>`}
<p style="margin:4px 0 0"><a class="link" href="${url}" style="${STYLE.plainLink}">The whole log</a></p>`;
}

function facts(notice: Notice): Html {
  const rows = factsOf(notice).map(
    ([name, value]) => html`<tr><td class="dim" valign="top" style="${STYLE.factName}">${name}</td>
<td class="text" valign="top" style="${STYLE.factValue}">${value}</td></tr>`,
  );
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:20px 0 0">${rows}</table>`;
}
