/** Where the other pages of a list are: the newest of `what`, and older ones; null: it is this page, there are none. */
export function Further(props: {
  readonly newest: string | null;
  readonly older: string | null;
  readonly what: 'runs' | 'commits';
}) {
  const { newest, older, what } = props;
  if (newest === null && older === null) return null;
  return (
    <p class="more">
      {newest !== null && (
        <a class="btn" href={newest}>
          Newest {what}
        </a>
      )}{' '}
      {older !== null && (
        <a class="btn" href={older}>
          Older {what}
        </a>
      )}
    </p>
  );
}
