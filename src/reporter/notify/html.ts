/** Markup: what is put into it is escaped, unless it is markup itself. */
export interface Html {
  readonly text: string;
}

type Value = string | number | Html | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for markup and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Takes text for markup. Only for what is written in this program. */
export function raw(text: string): Html {
  return { text };
}

/** A piece of markup: html`<b>${name}</b>`. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { text: parts.map((part, at) => part + shown(values[at] ?? '')).join('') };
}

function shown(value: Value): string {
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'text' in value ? value.text : value.map(({ text }) => text).join('');
}
