import { useEffect, useState } from 'preact/hooks';
import { type Answered, askServer } from '../ask-server.ts';

/** What is there sooner shows no sign of loading, in milliseconds. */
const SLOW_MS = 300;

/** A part of a page that the browser asks for by itself: rows of its height till it is there, and "Try again" where it fails. */
export function FetchedPart<T>(props: {
  readonly title: string;
  readonly path: string;
  readonly what: string;
  readonly show: (props: { readonly body: T }) => preact.JSX.Element;
}) {
  const { title, path, what, show: Show } = props;
  const [answer, setAnswer] = useState<Answered | null>(null);
  const [isSlow, setSlow] = useState(false);
  const read = () => {
    setAnswer(null);
    void askServer('GET', path).then(setAnswer);
  };
  useEffect(() => {
    read();
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [path]);
  return (
    <section aria-busy={answer === null}>
      <h2>{title}</h2>
      {answer === null && isSlow && <GreyRows />}
      {answer?.isDone === true && <Show body={answer.body as T} />}
      {answer?.isDone === false &&
        (answer.status === 404 ? (
          <p class="dim">This server has no {what.replace(/^an? /, '')} to tell of.</p>
        ) : (
          <p class="no">
            {answer.why}{' '}
            <button type="button" class="btn s" onClick={read}>
              Try again
            </button>
          </p>
        ))}
    </section>
  );
}

/** The place of what is coming. */
function GreyRows() {
  return (
    <ul class="settings-rows grey" aria-hidden="true">
      <li />
      <li />
      <li />
    </ul>
  );
}
