import { useEffect, useState } from 'preact/hooks';
import { withQuery } from '../urls.ts';

const SHAPES = [
  ['html', 'Mail'],
  ['text', 'Mail, as text'],
  ['slack', 'Slack'],
  ['mattermost', 'Mattermost'],
  ['discord', 'Discord'],
  ['teams', 'Teams'],
  ['webhook', 'Webhook'],
] as const;
const OCCASIONS = ['broken', 'still_failing', 'moved', 'fixed', 'failure', 'success', 'error', 'cancelled'];

/** What people are told, as they will see it, of a made-up run. */
export function NotificationPreview({ names }: { readonly names: readonly string[] }) {
  const [shape, setShape] = useState<string>('html');
  const [occasion, setOccasion] = useState('broken');
  const [repository, setRepository] = useState('');
  // the mail is shown in a frame, which is not to be loaded before somebody looks
  const [isOpen, setOpen] = useState(false);
  const query = { as: shape, on: occasion, ...(repository === '' ? {} : { repository }) };
  const path = withQuery('/api/notifications/preview', query);
  const all = [{ value: '', name: 'a made-up repository' }, ...names.map((name) => ({ value: name, name }))];
  return (
    <section>
      <h2>What it looks like</h2>
      <p class="acts">
        <Choice label="Shape" value={shape} set={setShape} choices={SHAPES.map(([value, name]) => ({ value, name }))} />
        <Choice
          label="Occasion"
          value={occasion}
          set={setOccasion}
          choices={OCCASIONS.map((one) => ({ value: one, name: one.replace('_', ' ') }))}
        />
        <Choice label="Repository" value={repository} set={setRepository} choices={all} />
        <button type="button" class="btn" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the preview' : 'Show a preview'}
        </button>
      </p>
      {isOpen &&
        (shape === 'html' ? (
          <iframe class="preview" title={`Preview of a mail: ${occasion}`} sandbox="" src={path} />
        ) : (
          <TextPreview path={path} />
        ))}
    </section>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly choices: readonly { readonly value: string; readonly name: string }[];
}) {
  const { label, value, set, choices } = props;
  return (
    <select class="btn" aria-label={label} value={value} onChange={(event) => set(event.currentTarget.value)}>
      {choices.map((one) => (
        <option key={one.value} value={one.value}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

/** A text, or JSON, in lines. */
function TextPreview({ path }: { readonly path: string }) {
  const [text, setText] = useState('');
  useEffect(() => {
    const leaving = new AbortController();
    fetch(path, { signal: leaving.signal })
      .then(async (answer) => setText(inLines(await answer.text())))
      .catch(() => leaving.signal.aborted || setText('The server did not answer; choose again'));
    return () => leaving.abort();
  }, [path]);
  return (
    <pre class="payload" tabIndex={0} role="region" aria-label="Preview">
      {text}
    </pre>
  );
}

function inLines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
