/** Tokens, type, header, lamps and what all pages share. */
export const styleBase = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#ffffff, #101214); --sunken: light-dark(#f4f5f7, #181c20); --raised: light-dark(#ffffff, #1d2125);
  --hover: light-dark(#f2f4f6, #1a1e22); --line: light-dark(#e4e7ea, #262a2f); --line-strong: light-dark(#cdd2d7, #3a4047);
  --control: light-dark(#868e98, #6c757f);
  --text: light-dark(#15181b, #e8eaec); --text-2: light-dark(#4a5159, #adb4bc); --text-3: light-dark(#636b74, #8f979f);
  --accent: light-dark(#2853c4, #8fb0ff); --accent-bg: light-dark(#edf1fc, #1a2340); --on-accent: light-dark(#ffffff, #0c1226);
  --success: light-dark(#10734d, #4cc38a); --success-fill: light-dark(#26a06c, #3a9d6e);
  --failure: light-dark(#bf2b12, #ff8068); --failure-fill: light-dark(#d63b1f, #f0583c);
  --failure-past: light-dark(#d96850, #b34c39); --failure-bg: light-dark(#fdf1ee, #2a1713);
  --error: light-dark(#8a35a8, #d592ec); --error-fill: light-dark(#9c48ba, #bd6fd8);
  --warn: light-dark(#8a5a00, #e0aa3e); --warn-fill: light-dark(#b87d00, #d39a2a); --warn-bg: light-dark(#fdf4e0, #292010);
  --idle: light-dark(#636b74, #8f979f); --idle-fill: light-dark(#858d96, #767f88);
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --edge: 24px; --radius: 5px; --fast: 120ms;
}
:root[data-theme="light"] { color-scheme: light }
:root[data-theme="dark"] { color-scheme: dark }

*, ::before, ::after { box-sizing: border-box }
html { font: 87.5%/1.4286 var(--sans); font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100% }
body { margin: 0; min-height: 100vh; background: var(--canvas); color: var(--text) }
h1, h2, h3, p, ol, ul, dl, dd { margin: 0; padding: 0; font: inherit; list-style: none }
h1 { font-size: 1.4286rem; line-height: 1.4; font-weight: 600; letter-spacing: -.012em; overflow-wrap: anywhere }
h2 { font-weight: 600 }
a { color: inherit; text-decoration: none }
a:hover { text-decoration: underline; text-underline-offset: 2px }
.link { color: var(--accent); text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 45%, transparent); text-underline-offset: 3px }
code, kbd, .mono, .sha, .ref { font-family: var(--mono); font-size: .8571rem; font-variant-ligatures: none }
.sha, .ref { color: var(--text-2) }
.ref .ic { width: 12px; height: 12px; margin-right: 3px }
.meta { font-size: .8571rem; color: var(--text-3) }
.dim { color: var(--text-2) }
.no { color: var(--failure) } .odd { color: var(--error) } .warn { color: var(--warn) }
.cut { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0 }
.num { text-align: right; white-space: nowrap }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.defs { position: absolute; width: 0; height: 0 }
[hidden] { display: none !important }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px }
::selection { background: light-dark(#cfdcff, #2c3f7a) }
.skip { position: absolute; left: 8px; top: -60px; z-index: 9; padding: 6px 12px; background: var(--accent); color: var(--on-accent) }
.skip:focus { top: 8px }

.btn { display: inline-flex; align-items: center; gap: 6px; min-height: 30px; padding: 0 11px; border: 1px solid var(--line-strong);
  border-radius: var(--radius); background: var(--canvas); color: var(--text); font: inherit; font-size: .9286rem; font-weight: 500;
  white-space: nowrap; cursor: pointer; transition: background var(--fast) }
.btn:hover { background: var(--hover); text-decoration: none }
.field { display: flex; align-items: center; gap: 6px; height: 30px; padding: 0 8px; border: 1px solid var(--control); border-radius: var(--radius); color: var(--text-3) }
.field:focus-within { outline: 2px solid var(--accent); outline-offset: 1px }
.field input { flex: 1; min-width: 0; border: 0; outline: 0; padding: 0; background: none; color: var(--text); font: inherit; font-size: .9286rem }
.field input::placeholder { color: var(--text-3); opacity: 1 }
.tabs { display: flex; gap: 2px }
.tabs a { padding: 4px 10px; border-radius: var(--radius); color: var(--text-2); font-size: .9286rem; white-space: nowrap }
.tabs a:hover { background: var(--hover); text-decoration: none }
.tabs a[aria-current] { background: var(--sunken); color: var(--text); font-weight: 500; box-shadow: inset 0 0 0 1px var(--line) }

.top { display: flex; align-items: center; gap: 4px 20px; min-height: 48px; padding: 0 var(--edge); border-bottom: 1px solid var(--line) }
.brand { display: flex; align-items: center; gap: 8px; font-weight: 600; letter-spacing: -.01em }
.brand:hover { text-decoration: none }
.top nav { display: flex; gap: 2px; margin-left: 4px }
.top nav a { padding: 5px 9px; border-radius: var(--radius); color: var(--text-2); font-size: .9286rem }
.top nav a:hover { background: var(--hover); text-decoration: none }
.top nav a[aria-current] { background: var(--sunken); color: var(--text); font-weight: 500 }
.load { margin-left: auto; display: flex; align-items: center; gap: 8px; font-size: .8571rem; color: var(--text-2); white-space: nowrap }
.load b { font-weight: 600; color: var(--text) }
.slots { display: inline-flex; gap: 1.5px; forced-color-adjust: none }
.slots i { width: 4px; height: 12px; border-radius: 1px; background: var(--accent) }
.slots .o { background: none; box-shadow: inset 0 0 0 1px var(--control) }
.live { display: flex; align-items: center; gap: 6px; font-size: .8571rem; color: var(--text-2); white-space: nowrap }
.live::before { content: ""; flex: none; width: 6px; height: 6px; border-radius: 50%; background: var(--success-fill) }
.live.off { color: var(--warn) }
.live.off::before { background: none; box-shadow: inset 0 0 0 1.5px var(--warn) }
.tool { display: grid; place-items: center; width: 28px; height: 28px; padding: 0; border: 0; border-radius: var(--radius); background: none; color: var(--text-2); cursor: pointer }
.tool:hover { background: var(--hover) }
.note { display: flex; flex-wrap: wrap; gap: 4px 12px; padding: 7px var(--edge); background: var(--warn-bg); font-size: .9286rem }

main { padding: 0 var(--edge) 40px }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 14px 0 12px }
.head h1 { display: flex; align-items: center; gap: 10px; margin-right: auto }
.crumbs { display: flex; gap: 6px; padding-top: 12px; font-size: .9286rem; color: var(--text-3); white-space: nowrap; overflow: hidden }
.crumbs a { color: var(--text-2) }
.sec { display: flex; align-items: baseline; gap: 8px; padding: 0 0 8px }
.sec .meta { margin-left: auto; font-weight: 400 }

.ic { width: 14px; height: 14px; flex: none; display: inline-block; vertical-align: -2px; fill: none; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; forced-color-adjust: none }
.ic.l { width: 20px; height: 20px; vertical-align: -4px }
.success, .retried { color: var(--success) } .failure { color: var(--failure) } .error { color: var(--error) }
.timed_out { color: var(--warn) } .in_progress { color: var(--accent) }
.cancelled, .skipped, .queued, .draining { color: var(--idle) }
.past > .ic.failure { color: var(--failure-past) }

@media (min-width: 1800px) { :root { --edge: max(40px, 50vw - 1140px) } html { font-size: 100% } }
@media (max-width: 899px) {
  .top { flex-wrap: wrap; padding-top: 8px }
  .top nav { order: 9; flex-basis: 100%; margin: 2px -9px 0 }
  .top nav a[aria-current] { background: none; box-shadow: inset 0 -2px var(--accent); border-radius: 0 }
}
@media (max-width: 719px) {
  :root { --edge: 16px } html { font-size: 93.75% } h1 { font-size: 1.2857rem }
  .top { gap: 0 10px } .top nav a { padding: 8px 9px }
  .load > :last-child { position: absolute; clip-path: inset(50%) }
  .live:not(.off) { width: 6px; overflow: hidden }
  .head .tabs { order: 3; width: 100% } .head form { width: 100% } .tabs a { padding: 5px 9px }
}
@media (prefers-reduced-motion: no-preference) {
  .spin { transform-origin: 8px 8px; animation: spin 1.6s linear infinite }
  @keyframes spin { to { transform: rotate(1turn) } }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important } }
@media (forced-colors: active) { .tabs a[aria-current], .top nav a[aria-current] { outline: 1px solid } }
@media print { .top, .head form, .tabs { display: none } }
`;
