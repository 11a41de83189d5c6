/** Words of a reason, with what stands between backticks as code. */
export function Prose({ words }: { readonly words: string }) {
  return <>{words.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}
