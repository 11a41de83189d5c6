import { useState } from 'preact/hooks';
import { Sign } from './lamp.tsx';

/** A command to be typed, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    const done = () => setCopied(true);
    navigator.clipboard.writeText(text).then(done, () => {});
  };
  const words = isCopied ? 'Copied' : 'Copy';
  return (
    <div class="cmd">
      <code>{text}</code>
      <button class="btn" type="button" onClick={copy} aria-label={`${words}: ${text}`} title={words}>
        <Sign name="copy" />
      </button>
    </div>
  );
}
