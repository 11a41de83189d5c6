import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answered } from '../ask-server.ts';
import { type Outcome, refused, Said, told } from './said.tsx';

/** A field of a form. */
export interface FormField {
  /** Of the value, and of the element. */
  readonly id: string;
  readonly label: string;
  readonly isRequired?: boolean;
  /** May have several lines, which are kept as they are. */
  readonly isText?: boolean;
  /** What is typed is not shown where the browser can hide it, and not offered again. */
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
 * did what was asked for; `wrong` is the field that a refusal is about, null where its code does not tell it.
 */
export function SettingsForm(props: {
  readonly fields: readonly FormField[];
  readonly button: ComponentChildren;
  readonly isMain?: boolean;
  readonly asked?: string;
  readonly send: (values: Values) => Promise<Answered>;
  readonly done: (values: Values) => string;
  readonly wrong?: (values: Values, code: string) => string | null;
}) {
  const { fields, button, isMain = false, asked = 'Asked for', send, done, wrong } = props;
  const [values, setValues] = useState<Values>({});
  const [said, setSaid] = useState<Outcome | null>(null);
  const [wrongField, setWrongField] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setSaid(told(asked));
    setWrongField(null);
    const answer = await send(values);
    if (answer.isDone)
      setValues((all) => Object.fromEntries(fields.flatMap(({ id, isKept }) => (isKept ? [[id, all[id] ?? '']] : []))));
    if (!answer.isDone && answer.code !== null) setWrongField(wrong?.(values, answer.code) ?? null);
    setSaid(answer.isDone ? told(done(values)) : refused(answer.why));
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
          isWrong={field.id === wrongField}
          set={(value) => setValues((all) => ({ ...all, [field.id]: value }))}
        />,
      ])}
      <button type="submit" class={isMain ? 'btn main' : 'btn'}>
        {button}
      </button>
      <Said outcome={said} />
    </form>
  );
}

function Field(props: {
  readonly field: FormField;
  readonly value: string;
  readonly isWrong: boolean;
  readonly set: (value: string) => void;
}) {
  const { field, value, isWrong, set } = props;
  const { id, isRequired: required = false, isText = false, isSecret = false, placeholder, choices } = field;
  const shared = { id, required, value, placeholder, 'aria-invalid': isWrong || undefined };
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
    <div class={isText ? 'field text' : 'field'}>
      {isText ? (
        <textarea
          {...shared}
          class={isSecret ? 'secret' : undefined}
          rows={3}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => set(event.currentTarget.value)}
        />
      ) : (
        <input {...shared} onInput={(event) => set(event.currentTarget.value)} />
      )}
    </div>
  );
}
