import { repositoryUrl } from '../urls.ts';

/** A page on the way; of its name the last word, a number, is never cut off. */
interface Step {
  readonly href: string;
  readonly name: string;
  readonly number?: string;
}

/** The way from home to a page of a repository; `here` is where one is. The last link is where Escape leads. */
export function Crumbs(props: {
  readonly repository?: string;
  readonly steps?: readonly Step[];
  readonly here: string;
}) {
  const { repository, here } = props;
  const steps: readonly Step[] = [
    { href: '/', name: 'Repositories' },
    ...(repository === undefined ? [] : [{ href: repositoryUrl(repository), name: repository }]),
    ...(props.steps ?? []),
  ];
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      {steps.map(({ href, name, number }, at) => (
        <>
          <a key={href} href={href} data-up={at === steps.length - 1}>
            <span class="cut">{name}</span>
            {number !== undefined && <span>&nbsp;{number}</span>}
          </a>
          <span aria-hidden="true">/</span>
        </>
      ))}
      <span>{here}</span>
    </nav>
  );
}
