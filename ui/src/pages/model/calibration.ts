/** Predictions of similar scores: what was said of them on average, and what share came true. */
export interface Bin {
  n: number;
  said: number;
  came: number;
}

const Z = 1.959964;

/** Wilson's 95 % interval of a share, as the engine's. */
export function wilson(share: number, n: number): [number, number] {
  if (n <= 0) return [0, 1];
  const z2 = (Z * Z) / n;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n))) / (1 + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** The 95 % interval of a mean. */
export function meanInterval(mean: number, deviation: number | null, n: number): [number, number] | null {
  if (deviation === null || n < 2) return null;
  const half = (Z * deviation) / Math.sqrt(n);
  return [mean - half, mean + half];
}
