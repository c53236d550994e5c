import { minus, number, withPercent } from "./numbers";

/** Figures of one column have the same digits: an eye that runs down it compares sizes, not lengths. */

type Figure = number | null | undefined;
type Format = (value: Figure) => string;

const isKnown = (value: Figure): value is number => typeof value === "number" && Number.isFinite(value);

/** With so many decimals; what these would call nothing is said to be less than the least that they tell. */
export function fixed(value: number, decimals: number): string {
  const least = 10 ** -decimals;
  if (value !== 0 && Number(value.toFixed(decimals)) === 0) return value > 0 ? `<\u00a0${least.toFixed(decimals)}` : `>\u00a0−${least.toFixed(decimals)}`;
  return minus(value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
}

/** How the shares of a column are told as percents: with one decimal, or two where one of them needs it. */
export function percentsAlike(shares: readonly Figure[]): Format {
  const sizes = shares.filter(isKnown).map((share) => Math.abs(share * 100));
  const decimals = sizes.some((p) => (p > 0 && p < 1) || (p > 99.9 && p < 100)) ? 2 : 1;
  return percentsWith(decimals);
}

/** Shares as percents with so many decimals, for columns whose figures come one by one. */
export function percentsWith(decimals: number): Format {
  const most = (100 - 10 ** -decimals).toFixed(decimals);
  return (share) => {
    if (!isKnown(share)) return "–";
    const p = share * 100;
    return withPercent(p < 100 && Number(p.toFixed(decimals)) >= 100 ? `>\u00a0${most}` : fixed(p, decimals));
  };
}

const DECIMALS_MAX = 6;

/** How the numbers of a column are told: with the decimals that give its largest so many digits. */
export function numbersAlike(values: readonly Figure[], digits = 3): Format {
  const known = values.filter(isKnown);
  const most = Math.max(0, ...known.map(Math.abs));
  // So large that they have units, or so small that they have powers.
  if (most >= 1e6 || most < 1e-4) return (value) => number(value, digits);
  const decimals = known.every(Number.isInteger) ? 0 : Math.min(DECIMALS_MAX, Math.max(0, digits - 1 - Math.floor(Math.log10(most))));
  return (value) => (isKnown(value) ? fixed(value, decimals) : "–");
}
