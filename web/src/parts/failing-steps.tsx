import { isGroupEnd } from '../../../src/model/log-marks.ts';
import type { FailingStep } from '../../../src/web/failing-places.ts';
import type { RunPageJson } from '../../../src/web/run-page.ts';
import { readable } from '../log/ansi.ts';
import { logUrl } from '../urls.ts';
import { Lamp } from './lamp.tsx';

/** Where jobs failed without a failing test: the lines of the log around the failure. Nothing, if none did. */
export function FailingSteps({ run: { id, failing_steps: steps } }: { readonly run: RunPageJson }) {
  if (steps.length === 0) return null;
  return (
    <>
      <h2 class="sec">{steps.length === 1 ? 'Failing step' : 'Failing steps'}</h2>
      <ol class="fails">
        {steps.map((step) => (
          <StepItem key={step.job} run={id} step={step} />
        ))}
      </ol>
    </>
  );
}

function StepItem({ run, step }: { readonly run: number; readonly step: FailingStep }) {
  const isOfJob = step.step === step.name;
  return (
    <li data-row>
      <h3>
        <Lamp state="failure" label="failed" />
        <span>
          {!isOfJob && <span class="dim">{step.name} › </span>}
          {step.step}
        </span>
      </h3>
      <p class="where">
        {step.exit_code !== null && <span>exit code {step.exit_code}</span>}
        {step.hit === null ? (
          <span>its log was removed by retention</span>
        ) : (
          <a class="link" href={logUrl(run, step.job, { line: String(step.hit) })}>
            Log, line {step.hit}
            <span class="sr"> of {step.name}</span>
          </a>
        )}
      </p>
      {step.lines.length > 0 && (
        <section class="frame" tabIndex={0} aria-label={`Log of ${step.name} around line ${step.hit}`}>
          {step.lines.flatMap(({ n, text }) =>
            isGroupEnd(text)
              ? []
              : [
                  <span key={n} class={n === step.hit ? 'hit' : undefined}>
                    <i>{n}</i>
                    {readable(text).map((piece) => piece.text)}
                  </span>,
                ],
          )}
        </section>
      )}
    </li>
  );
}
