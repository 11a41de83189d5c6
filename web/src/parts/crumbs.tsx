import { repositoryUrl } from '../urls.ts';

/** The way from home to a page of a repository; `children` is where one is. The last link is where Escape leads. */
export function Crumbs(props: {
  readonly repository?: string;
  readonly steps?: readonly { href: string; name: string }[];
  readonly here: string;
}) {
  const { repository, here } = props;
  const steps = [
    { href: '/', name: 'Repositories' },
    ...(repository === undefined ? [] : [{ href: repositoryUrl(repository), name: repository }]),
    ...(props.steps ?? []),
  ];
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      {steps.map(({ href, name }, at) => (
        <>
          <a key={href} href={href} data-up={at === steps.length - 1}>
            {name}
          </a>
          <span aria-hidden="true">/</span>
        </>
      ))}
      <span>{here}</span>
    </nav>
  );
}
