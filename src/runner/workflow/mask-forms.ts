/** Base64 of less than this is too short to be told from other text. */
const MIN_BASE64_CHARS = 6;
/** Where the programs that print base64 break its lines: `base64`, `openssl base64`. */
const BASE64_LINES = [76, 64];

/**
 * Every text by which a secret would be known, none with a line break in it: each of its lines, as it is, without quotes
 * around it, as base64 at any offset, and as it stands in JSON, in a URL and in XML.
 */
export function maskForms(secret: string): string[] {
  if (secret.trim() === '') return [];
  const forms = new Set<string>();
  for (const line of new Set([...secret.split(/[\r\n]+/)])) for (const form of lineForms(line)) forms.add(form);
  if (/[\r\n]/.test(secret)) for (const form of [...escapedForms(secret), ...base64Forms(secret)]) forms.add(form);
  return [...forms].filter((form) => form.trim() !== '');
}

function lineForms(line: string): string[] {
  if (line.trim() === '') return [];
  const quoted = /^(["']).+\1$/.test(line) ? [line.slice(1, -1)] : [];
  return [line, ...quoted, ...escapedForms(line), ...base64Forms(line)];
}

function escapedForms(text: string): string[] {
  const uri = encodeURIComponent(wellFormed(text));
  const json = JSON.stringify(text).slice(1, -1);
  const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  return [json, uri, uri.replaceAll('%20', '+'), xml, text.replaceAll("'", "'\\''")].filter((form) => {
    return form !== text && !/[\r\n]/.test(form);
  });
}

/** What its base64 has in common whatever stands before and after it: three ways, by where it begins. */
function base64Forms(text: string): string[] {
  const forms: string[] = [];
  const bytes = Buffer.from(text);
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const known = encoded.slice(shift === 0 ? 0 : shift + 1, Math.floor(((bytes.length + shift) * 8) / 6));
    forms.push(known);
  }
  const whole = ['', '\n'].flatMap((end) => inLines(Buffer.from(`${text}${end}`).toString('base64')));
  const long = [...forms, ...whole].filter((form) => form.length >= MIN_BASE64_CHARS);
  return [...long, ...long.map((form) => form.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''))];
}

function inLines(encoded: string): string[] {
  const lines = [encoded];
  for (const width of BASE64_LINES) {
    if (encoded.length <= width) continue;
    for (let at = 0; at < encoded.length; at += width) lines.push(encoded.slice(at, at + width));
  }
  return lines;
}

/** Half of a surrogate pair is what `encodeURIComponent` throws on. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
