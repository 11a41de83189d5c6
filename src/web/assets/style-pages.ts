/** What single pages look like. */
export const stylePages = `
.rows { border-top: 1px solid var(--line) }
.row { display: grid; grid-template-columns: 14px minmax(0, 1fr) auto 5.6rem; gap: 0 12px; align-items: start; padding: 5px 0 6px; border-bottom: 1px solid var(--line) }
.row:hover { background: var(--hover) }
.row > .ic { margin-top: 5px }
.row .t { display: block; line-height: 24px }
.row .about { display: flex; flex-wrap: wrap; gap: 0 12px; font-size: .8571rem; color: var(--text-3) }
.row .about .ref { font-size: inherit; color: inherit } .row .about .sha { color: inherit }
.row .why { font-size: .8571rem; color: var(--text-2); overflow-wrap: anywhere }
.row.failure .why, .row.timed_out .why { color: var(--failure) } .row.error .why { color: var(--error) } .row.past .why { color: var(--text-2) }
.row .num { font-size: .8571rem; line-height: 24px; color: var(--text-2) } .row .num .meta { display: block; line-height: 17px; font-size: 1em }
.row, .row .t { color: var(--text) }
.row.skipped .t, .row.cancelled .t { color: var(--text-2) }
.more { padding: 12px 0 } .none { padding: 16px 0; color: var(--text-2); border-top: 1px solid var(--line) }
.broken { padding-bottom: 12px; font-size: .9286rem; color: var(--text-2) }
.broken li { padding-left: 30px }

.verdict { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 10px; align-items: start; padding: 8px 0 14px }
.verdict > .ic { margin-top: 5px }
.verdict p { grid-column: 2 }
.facts { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; font-size: .9286rem; color: var(--text-2) }
.lines { white-space: pre-line } .facts > * { min-width: 0; overflow-wrap: anywhere }

.sheet { display: grid; grid-template-columns: minmax(0, 1fr) 300px; grid-template-areas: "way way" "jobs info"; gap: 0 40px; align-items: start }
.sheet > section { padding-top: 14px; border-top: 1px solid var(--line) }
.sheet > .w { grid-area: way; padding-bottom: 16px } .sheet > .j { grid-area: jobs } .sheet > .i { grid-area: info }
.info { display: grid; grid-template-columns: 84px minmax(0, 1fr); gap: 5px 12px; font-size: .9286rem }
.info dt { color: var(--text-3) } .info dd { min-width: 0; overflow-wrap: anywhere }

.way { display: flex; padding-top: 20px }
.way li { position: relative; flex: 1 1 0; padding-top: 16px; font-size: .8571rem; line-height: 1.35; color: var(--text-2) }
.way li::before { content: ""; position: absolute; left: 5px; right: -5px; top: 4px; height: 2px; background: var(--text-3) }
.way li::after { content: ""; position: absolute; left: 0; top: 0; width: 10px; height: 10px; border: 2px solid var(--text-2); border-radius: 50%; background: var(--canvas) }
.way b { display: block; font-weight: 500; color: var(--text) }
.way em { font-style: normal; font-weight: 500; color: var(--text); margin-left: 6px }
.way .hop { position: absolute; left: 16px; right: 6px; top: -18px; text-align: center; font-weight: 500; color: var(--text) }
.way .wide { flex-grow: 2 }
.way li:last-child { flex: 0 0 10px; display: grid; grid-template-columns: 10px; justify-items: end; white-space: nowrap }
.way li:last-child::before { display: none }
.way .failure::after, .way .timed_out::after { border: 0; border-radius: 2px; background: var(--failure-fill) }
.way .failure b { color: var(--failure) } .way .timed_out b { color: var(--warn) } .way .timed_out::after { background: var(--warn-fill) }
.way .success::after { border-color: var(--success-fill); background: var(--success-fill) } .way .success b { color: var(--success) }
.way .error::after { border: 0; border-radius: 1px; transform: rotate(45deg); background: var(--error-fill) } .way .error b { color: var(--error) }
.way .queued, .way .queued b { color: var(--text-3); font-weight: 400 }
.way .queued::before { background: none; border-top: 2px dotted var(--line-strong) } .way .queued::after { border-color: var(--control) }
.way .now::before { background: none; border-top: 2px dotted var(--accent) } .way .now::after { border-color: var(--accent) }

.jobs > li { border-bottom: 1px solid var(--line) }
.jobs > li:first-child { border-top: 1px solid var(--line) }
.job { display: flex; flex-wrap: wrap; align-items: center; gap: 0 10px; min-height: 36px; padding: 6px 0 }
.job b { font-weight: 500 } .job .num { margin-left: auto; color: var(--text-2); font-size: .8571rem }
.job:hover { text-decoration: none; background: var(--hover) }
.jobs .why { padding: 0 0 6px 24px; font-size: .9286rem; color: var(--text-2); overflow-wrap: anywhere }
.tests { margin-bottom: 20px } .tests .mono { font-size: .8571rem; white-space: pre-wrap } .tests .job:hover { background: none }
.steps { padding: 0 0 8px 24px }
.steps li { display: flex; align-items: center; gap: 8px; min-height: 24px; font-size: .9286rem; color: var(--text-2) }
.steps .ic { width: 11px; height: 11px } .steps .num { margin-left: auto; font-size: .8571rem; color: var(--text-3) }
.steps .bad { color: var(--text) }
.logbox { margin-bottom: 16px; border-radius: var(--radius); background: var(--sunken); overflow: hidden }
.logbar { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: center; min-height: 34px; padding: 3px 12px; border-bottom: 1px solid var(--line); font-size: .8571rem; color: var(--text-2) }
.logbar a { margin-left: auto } .logbar .btn { min-height: 24px; padding: 0 8px; font-size: .8571rem }
.log { max-height: 68vh; overflow: auto; padding: 6px 0 10px; font: .8571rem/1.6 var(--mono); font-variant-ligatures: none; counter-reset: line; overflow-anchor: none }
.log p { display: flex; min-width: max-content; padding-right: 24px; min-height: 1.6em }
.log p::before { counter-increment: line; content: counter(line); flex: none; width: 52px; padding-right: 14px; text-align: right; color: var(--text-3); user-select: none }
.log.cutlog p::before { content: ""; width: 14px }
.log p > span { white-space: pre; tab-size: 8 }
.log p:hover { background: var(--hover) }
.log .mark { padding: 4px 14px; font-family: var(--sans); color: var(--text-3) } .log .cutoff { color: var(--text-3) }
.log b { font-weight: 400 } .log .b { font-weight: 600 } .log .d { color: var(--text-3) } .log .i { font-style: italic } .log .u { text-decoration: underline }
.log .f1 { color: var(--failure) } .log .f2 { color: var(--success) } .log .f3 { color: var(--warn) } .log .f4 { color: var(--accent) }
.log .f5 { color: var(--error) } .log .f6 { color: light-dark(#0b6675, #5cc4d6) } .log .f7 { color: var(--text-2) }
.log :is(.g1, .g2, .g3, .g4, .g5, .g6, .g7) { color: var(--canvas) }
.log .g1 { background: var(--failure) } .log .g2 { background: var(--success) } .log .g3 { background: var(--warn) } .log .g4 { background: var(--accent) }
.log .g5 { background: var(--error) } .log .g6 { background: light-dark(#0b6675, #5cc4d6) } .log .g7 { background: var(--text-2) }

table { width: 100%; border-collapse: collapse }
th { padding: 0 16px 6px 0; text-align: left; font-weight: 400; font-size: .8571rem; color: var(--text-3); border-bottom: 1px solid var(--line) }
td { padding: 6px 16px 6px 0; vertical-align: top; border-bottom: 1px solid var(--line) }
th:last-child, td:last-child { padding-right: 0 }
tbody tr:hover { background: var(--hover) }
td .meta { overflow-wrap: anywhere }
td.where { width: 38% }
.slot { display: inline-block; margin: 0 6px 4px 0; padding: 2px 8px; border-radius: 4px; background: var(--sunken); font-size: .8571rem; color: var(--text-2) }
.slot.free { background: none; padding: 1px 7px; border: 1px dashed var(--line-strong); color: var(--text-3) }

.hello { padding-top: 32px } .hello > .cmd { max-width: 420px; margin-top: 12px } .hello .way { padding: 36px 0 12px; max-width: 900px }
.ways { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 28px 40px; padding-top: 24px }
.ways section { display: flex; flex-direction: column; gap: 10px; padding-top: 12px; border-top: 1px solid var(--line-strong) }
.ways h2 { font-size: 1.0714rem }
.cmd { display: flex; align-items: flex-start; gap: 8px; padding: 7px 6px 7px 10px; border-radius: var(--radius); background: var(--sunken) }
.cmd code { flex: 1; min-width: 0; line-height: 1.6; overflow-wrap: anywhere }
.cmd button { width: 24px; height: 24px; margin: -1px 0; padding: 0; display: grid; place-items: center; border: 0; border-radius: var(--radius); background: none; color: var(--text-2); cursor: pointer }
.cmd button:hover { background: var(--line) }

@media (max-width: 1099px) { .sheet { grid-template: none / minmax(0, 1fr) } .sheet > * { grid-area: auto !important } .sheet > .i { padding-bottom: 16px } .ways { grid-template-columns: minmax(0, 1fr) } }
@media (max-width: 719px) {
  .row { grid-template-columns: 14px minmax(0, 1fr) auto; padding: 8px 0 } .row .age { grid-area: 1 / 3 }
  .row .took:empty { display: none } .row .took { grid-column: 2 / -1; grid-row: 2; text-align: left; display: flex; gap: 10px; line-height: 1.4 } .row .took .meta { line-height: inherit }
  .row .t { white-space: normal; line-height: 1.4286; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; padding: 2px 0 }
  .broken li { padding-left: 0 }
  .way { flex-direction: column; padding: 0 }
  .way li, .way li:last-child { flex: none; display: flex; flex-wrap: wrap; gap: 0 8px; padding: 0 0 10px 22px }
  .way li::before { left: 4px; right: auto; top: 10px; bottom: -5px; width: 2px; height: auto }
  .way .queued::before, .way .now::before { border: 0; border-left: 2px dotted var(--line-strong) }
  .way li::after { top: 3px } .way b { min-width: 82px } .way em { margin: 0 }
  .way .hop { position: static; flex-basis: 100%; text-align: left; font-weight: 400; color: var(--text-2) } .way .hop::before { content: "then " }
  .log p, .log p > span { min-width: 0 } .log p > span { white-space: pre-wrap; overflow-wrap: anywhere } .log p { padding-right: 12px } .log p::before { width: 40px; padding-right: 10px }
  .steps, .jobs .why { padding-left: 0 } .logbox { margin-inline: calc(-1 * var(--edge)); border-radius: 0 }
  thead { position: absolute; clip-path: inset(50%) }
  table, tbody, tr, td { display: block; width: auto } tr { padding: 8px 0; border-bottom: 1px solid var(--line) } td, td.where { border: 0; padding: 1px 0; width: auto } td.num { text-align: left }
}
`;
