const SANS = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace";

/** The words of each colour, light and dark, and its bar: those of the page. */
const TONES = {
  success: { light: '#10734d', dark: '#4cc38a', bar: '#26a06c', darkBar: '#3a9d6e' },
  failure: { light: '#bf2b12', dark: '#ff8068', bar: '#d63b1f', darkBar: '#f0583c' },
  error: { light: '#8a35a8', dark: '#d592ec', bar: '#9c48ba', darkBar: '#bd6fd8' },
  idle: { light: '#636b74', dark: '#8f979f', bar: '#858d96', darkBar: '#767f88' },
} as const;

const bar = (color: string) => `width:4px;background:${color};font-size:1px;line-height:1px`;
const link = (color: string) => `color:${color};font-weight:600;text-decoration:none`;

/** Inline styles of a mail: the light theme, which every program can show. */
export const STYLE = {
  canvas: `margin:0;padding:0;background:#ffffff;color:#15181b;${SANS};font-size:14px;line-height:1.5`,
  title: `margin:0;${SANS};font-size:20px;line-height:1.3;font-weight:600;color:#15181b`,
  heading: `margin:20px 0 4px;${SANS};font-size:14px;font-weight:600;color:#15181b`,
  text: 'margin:12px 0 0;color:#15181b',
  soft: 'color:#636b74',
  dim: 'margin:8px 0 0;color:#636b74',
  foot: 'margin:24px 0 0;padding:8px 0 0;border-top:1px solid #e4e7ea;color:#636b74;font-size:12px',
  row: 'padding:8px 0;border-top:1px solid #e4e7ea;word-break:break-word',
  place: `${MONO};font-size:12px;color:#636b74`,
  code: `margin:6px 0 0;padding:8px 12px;background:#f4f5f7;color:#15181b;border-radius:5px;${MONO};font-size:12px;line-height:1.6;white-space:pre-wrap;word-break:break-word`,
  warn: 'color:#8a5a00',
  factName: 'padding:2px 16px 2px 0;color:#636b74;white-space:nowrap',
  factValue: 'padding:2px 0;color:#15181b;word-break:break-word',
  button:
    'display:inline-block;padding:8px 14px;background:#2853c4;color:#ffffff;border-radius:5px;text-decoration:none;font-weight:500',
  plainLink: 'color:#2853c4',
  bar: {
    success: bar(TONES.success.bar),
    failure: bar(TONES.failure.bar),
    error: bar(TONES.error.bar),
    idle: bar(TONES.idle.bar),
  },
  link: {
    success: link(TONES.success.light),
    failure: link(TONES.failure.light),
    error: link(TONES.error.light),
    idle: link(TONES.idle.light),
  },
} as const;

const darkTones = Object.entries(TONES).map(
  ([name, { dark, darkBar }]) => `.tone-${name}{color:${dark}!important}.bar-${name}{background:${darkBar}!important}`,
);

/** The dark theme; programs that drop it show the light one. */
export const DARK = `@media (prefers-color-scheme:dark){
.canvas{background:#101214!important;color:#e8eaec!important}
.text{color:#e8eaec!important}.dim,.foot{color:#8f979f!important}
.line,.foot{border-color:#262a2f!important}
.code{background:#181c20!important;color:#e8eaec!important}
.tone-warn{color:#e0aa3e!important}.link{color:#8fb0ff!important}
.button{background:#8fb0ff!important;color:#101214!important}
${darkTones.join('\n')}
}`;
