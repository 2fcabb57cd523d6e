/** A figure before and after the change; where the change is small beside it, the change alone, with its band. */
import type { Indicator } from "../wire/types";

const WIDTH = 240;
/** Below this share of the figure a change would not be seen beside it. */
const SMALL = 0.08;

function Change({ indicator }: { indicator: Indicator }) {
  const { difference, low, high, verdict } = indicator;
  const [least, most] = [Math.min(0, low ?? 0, difference ?? 0), Math.max(0, high ?? 0, difference ?? 0)];
  const reach = Math.max(-least, most, 1e-12) * 1.1;
  const x = (value: number) => WIDTH / 2 + ((value / reach) * WIDTH) / 2;
  const [from, to] = [Math.min(x(0), x(difference ?? 0)), Math.max(x(0), x(difference ?? 0))];
  return (
    <svg
      class={`bars ${verdict.replaceAll(" ", "-")}`}
      viewBox={`0 0 ${WIDTH} 26`}
      aria-hidden="true"
      focusable="false"
    >
      <rect class="after" x={from} width={Math.max(1.5, to - from)} y="6" height="14" rx="2" />
      <path class="zero" d={`M${x(0)} 1v24`} />
      <path class="band" d={`M${x(low ?? 0)} 8v10M${x(high ?? 0)} 8v10M${x(low ?? 0)} 13H${x(high ?? 0)}`} />
    </svg>
  );
}

export function Bars({ indicator }: { indicator: Indicator }) {
  const { baseline, proposal, difference, low, high, verdict } = indicator;
  if (baseline === null || proposal === null) return null;
  if (Math.abs(difference ?? 0) < SMALL * Math.abs(baseline)) return <Change indicator={indicator} />;
  const [least, most] = [baseline + (low ?? 0), baseline + (high ?? 0)];
  const largest = Math.max(baseline, proposal, most, 1e-9) * 1.04;
  const smallest = Math.min(0, baseline, proposal, least);
  const x = (value: number) => ((value - smallest) / (largest - smallest)) * WIDTH;
  const from = x(0);
  const bar = (value: number) => ({ x: Math.min(from, x(value)), width: Math.max(1, Math.abs(x(value) - from)) });
  return (
    <svg
      class={`bars ${verdict.replaceAll(" ", "-")}`}
      viewBox={`0 0 ${WIDTH} 34`}
      aria-hidden="true"
      focusable="false"
    >
      <rect class="before" {...bar(baseline)} y="1" height="13" rx="2" />
      <rect class="after" {...bar(proposal)} y="18" height="13" rx="2" />
      <path class="band" d={`M${x(least)} 20v9M${x(most)} 20v9M${x(least)} 24.5H${x(most)}`} />
    </svg>
  );
}
