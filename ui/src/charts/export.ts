import type { Line } from "./plot";

/** A chart's figures as a table. */
export function toCsv(times: readonly number[], lines: readonly Line[]): string {
  const head = ["time", ...lines.map((l) => l.label)].map(field).join(",");
  const rows = times.map((time, at) => [new Date(time).toISOString(), ...lines.map((l) => l.values[at] ?? "")].join(","));
  return [head, ...rows].join("\n");
}

/** Spreadsheets run texts that begin like formulas; an apostrophe keeps them from it. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
