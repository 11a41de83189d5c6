import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { UNSANDBOXED_MEANS } from '../../../src/model/trust.ts';
import type { RunPageJson } from '../../../src/web/run-page.ts';
import { MOST_LETTERS } from '../person.ts';
import { usePerson } from '../use-person.ts';
import { nameOf, shortRef } from '../words.ts';
import { ChangedFiles } from './changed-files.tsx';

/**
 * Asks whoever would let the code of a stranger run: what it is, and what that means. It stays about the commit that was
 * there when it was opened.
 */
export function ApproveDialog(props: {
  readonly run: RunPageJson;
  readonly close: () => void;
  readonly approve: (sha: string, by: string) => void;
}) {
  const { close, approve } = props;
  const [run] = useState(props.run);
  const person = usePerson();
  const [isRead, setRead] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []); // the browser gives the focus back to where it was
  const submit = (event: Event) => {
    event.preventDefault();
    approve(run.sha, person.name);
  };
  return (
    <dialog ref={dialog} class="approve" aria-labelledby={`${id}-title`} onClose={close}>
      <h2 id={`${id}-title`}>Let this commit of a stranger run?</h2>
      <dl class="info">
        <dt>Author</dt>
        <dd>{nameOf(run.author)}</dd>
        <dt>Title</dt>
        <dd>{run.title || '(no message)'}</dd>
        <dt>Commit</dt>
        <dd>
          <code>{run.sha}</code>
        </dd>
        <dt>Ref</dt>
        <dd>
          <span class="ref">{shortRef(run.ref)}</span>
        </dd>
        <dt>Change</dt>
        <dd>
          {run.pull_url === null ? (
            <>
              look at it with <code>git show {run.sha.slice(0, 12)}</code> after a fetch
            </>
          ) : (
            <a class="link" href={run.pull_url} target="_blank" rel="noreferrer">
              {run.pull_url}
            </a>
          )}
        </dd>
      </dl>
      <ChangedFiles run={run} level={3} />
      <p class="warn">{UNSANDBOXED_MEANS.slice(0, 1).toUpperCase() + UNSANDBOXED_MEANS.slice(1)}.</p>
      <form onSubmit={submit}>
        <label class="check">
          <input type="checkbox" required checked={isRead} onChange={(event) => setRead(event.currentTarget.checked)} />
          I have read the change as it is in {run.sha.slice(0, 7)}
        </label>
        <label class="meta" for={`${id}-name`}>
          Your name, shown as who approved it
        </label>
        <div class="field">
          <input
            id={`${id}-name`}
            required
            autocomplete="name"
            maxLength={MOST_LETTERS}
            value={person.name}
            onInput={(event) => person.set(event.currentTarget.value)}
          />
        </div>
        <p class="acts">
          <button type="submit" class="btn main">
            Approve and run {run.sha.slice(0, 7)}
          </button>
          <button type="button" class="btn" onClick={close}>
            Leave it waiting
          </button>
        </p>
      </form>
    </dialog>
  );
}
