import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answered } from '../ask-server.ts';

/** A field of a form. */
export interface FormField {
  /** Of the value, and of the element. */
  readonly id: string;
  readonly label: string;
  readonly isRequired?: boolean;
  /** What is typed is not shown, and not offered again. */
  readonly isSecret?: boolean;
  readonly placeholder?: string;
  /** What can be chosen, instead of a text. */
  readonly choices?: readonly { readonly value: string; readonly name: string }[];
  /** Stays after it was sent. */
  readonly isKept?: boolean;
}

type Values = Readonly<Record<string, string>>;

/**
 * Fields, a button, and what the server says, in words. `send` asks the server with what was entered; `done` are the words where it
 * did what was asked for.
 */
export function SettingsForm(props: {
  readonly fields: readonly FormField[];
  readonly button: ComponentChildren;
  readonly isMain?: boolean;
  readonly asked?: string;
  readonly send: (values: Values) => Promise<Answered>;
  readonly done: (values: Values) => string;
}) {
  const { fields, button, isMain = false, asked = 'Asked for', send, done } = props;
  const [values, setValues] = useState<Values>({});
  const [said, setSaid] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setSaid(asked);
    const answer = await send(values);
    if (answer.isDone)
      setValues((all) => Object.fromEntries(fields.flatMap(({ id, isKept }) => (isKept ? [[id, all[id] ?? '']] : []))));
    setSaid(answer.isDone ? done(values) : answer.why);
  };
  return (
    <form class="settings-form" onSubmit={(event) => void submit(event)} autocomplete="off">
      {fields.map((field) => [
        <label key={`${field.id} label`} class="meta" for={field.id}>
          {field.label}
        </label>,
        <Field
          key={field.id}
          field={field}
          value={values[field.id] ?? ''}
          set={(value) => setValues((all) => ({ ...all, [field.id]: value }))}
        />,
      ])}
      <button type="submit" class={isMain ? 'btn main' : 'btn'}>
        {button}
      </button>
      <Said words={said} />
    </form>
  );
}

function Field(props: { readonly field: FormField; readonly value: string; readonly set: (value: string) => void }) {
  const { field, value, set } = props;
  const { id, isRequired: required = false, isSecret = false, placeholder, choices } = field;
  if (choices !== undefined)
    return (
      <select id={id} class="btn" value={value} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map((one) => (
          <option key={one.value} value={one.value}>
            {one.name}
          </option>
        ))}
      </select>
    );
  return (
    <div class="field">
      <input
        {...{ id, required, value, placeholder }}
        {...(isSecret ? { type: 'password', autocomplete: 'off' } : {})}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </div>
  );
}

/** What came of a wish, in its place. */
export function Said({ words }: { readonly words: string | null }) {
  if (words === null) return null;
  return (
    <p class="meta" role="status">
      {words}
    </p>
  );
}
