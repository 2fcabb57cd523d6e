/** A figure before and after the change, with the band in which nine of ten estimates lie. */
import type { Indicator } from "../wire/types";

const WIDTH = 240;

export function Bars({ indicator }: { indicator: Indicator }) {
  const { baseline, proposal, low, high, verdict } = indicator;
  if (baseline === null || proposal === null) return null;
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
