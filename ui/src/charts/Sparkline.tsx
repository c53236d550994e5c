const WIDTH = 110;
const HEIGHT = 26;

/** A line without axes; the text beside it carries the figures. A gap is a gap. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const { line, area } = path(values);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path className="area" d={area} />
      <path className="line" d={line} />
    </svg>
  );
}

export function path(values: readonly (number | null)[]): { line: string; area: string } {
  const top = Math.max(...values.map((v) => v ?? 0), 1e-9);
  const x = (at: number) => ((at / Math.max(values.length - 1, 1)) * WIDTH).toFixed(1);
  const y = (value: number) => (HEIGHT - (value / top) * (HEIGHT - 2)).toFixed(1);
  let line = "";
  let area = "";
  let begun: string | null = null;
  for (const [at, value] of values.entries()) {
    if (value === null) {
      if (begun) area += `L${x(at - 1)} ${HEIGHT}Z`;
      begun = null;
      continue;
    }
    line += `${begun ? "L" : "M"}${x(at)} ${y(value)}`;
    area += begun ? `L${x(at)} ${y(value)}` : `M${x(at)} ${HEIGHT}L${x(at)} ${y(value)}`;
    begun = x(at);
  }
  if (begun) area += `L${begun} ${HEIGHT}Z`;
  return { line, area };
}
