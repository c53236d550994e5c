/** Numbers and times as people read them. */

const EM = "–";

/** A number below zero has a minus, not a hyphen, in whatever way it was spelled. */
export const minus = (text: string) => text.replace(/^-/, "−");

/** Formatters take the browser some 20 ms each: they are made when they are first needed, not while a page starts. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** A figure and its sign stay on one line: the space between does not break. */
export const withPercent = (figure: string | number) => `${minus(String(figure))}\u00a0%`;

/** With the digits that matter: `1,234`, `12.3`, `0.0041`, `1.2 M`. */
export function number(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return EM;
  const size = Math.abs(value);
  if (size >= 1e12) return minus(value.toExponential(2));
  if (size >= 1e6) return `${trim(value / (size >= 1e9 ? 1e9 : 1e6), 3)} ${size >= 1e9 ? "bn" : "M"}`;
  if (Number.isInteger(value) || size >= 1000) return whole(value);
  if (size !== 0 && size < 1e-4) return minus(value.toExponential(1));
  return trim(value, digits);
}

const FIGURE = once(() => new Intl.NumberFormat("en", { maximumFractionDigits: 8 }));

function trim(value: number, digits: number): string {
  return minus(FIGURE().format(Number(value.toPrecision(digits))));
}

function whole(value: number): string {
  return minus(Math.round(value).toLocaleString("en"));
}

/** A figure whose sign tells something: `+0.2`, `−0.2`, `0`. */
export function signed(value: number, format: (value: number) => string = number): string {
  return `${value > 0 ? "+" : ""}${format(value)}`;
}

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return EM;
  return value >= 1e5 ? short(value) : whole(value);
}

function short(value: number): string {
  const [unit, word] = value >= 1e9 ? [1e9, "bn"] : value >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  return `${trim(value / unit, 3)} ${word}`;
}

/** A share as percent; never 0 % of something, nor 100 % of less than all. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return EM;
  const p = share * 100;
  if (p === 0 || p === 100) return withPercent(p);
  if (Math.abs(p) < 0.01) return withPercent("<\u00a00.01");
  if (p > 99.99 && p < 100) return withPercent(">\u00a099.99");
  // Rounded to fewer, 99.96 % would be all.
  const digits = Math.abs(p) < 1 || p > 99.9 ? 2 : Math.abs(p) < 10 || p > 90 ? 1 : 0;
  return withPercent(Number(p.toFixed(digits)));
}

/**
 * A share beside its interval: a digit more, so that its ends can be told apart, and as many as its neighbours have.
 * One of whole percents, as of an axis, needs none.
 */
export function percentFine(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return EM;
  const [p, size] = [share * 100, Math.abs(share * 100)];
  if (size < 0.01 || size > 99.9) return percent(share);
  if (Math.abs(p - Math.round(p)) < 1e-9) return withPercent(Math.round(p));
  return withPercent(p.toFixed(size < 1 ? 2 : 1));
}

export function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return EM;
  if (ms < 1000) return `${trim(ms, ms < 10 ? 2 : 3)} ms`;
  return duration(ms);
}

/** `40 s`, `2 h 10 min`, `3 d`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${trim(seconds, seconds < 10 ? 2 : 3)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 || hours >= 12 ? `${Math.round(minutes / 60)} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(minutes / 60 / 24)} d`;
}

const DAY_TIME = once(() => new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }));

/** Local time: `Tue 10 Nov, 14:00`. */
export function when(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? EM : DAY_TIME().format(date);
}

const DAY = once(() => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" }));

/** Local day: `10 Nov`. */
export function day(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? EM : DAY().format(date);
}

/** UTC to the second, for hovering. */
export function utc(time: string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? EM : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function ago(time: string | number, nowMs: number): string {
  const passed = nowMs - new Date(time).getTime();
  if (passed < 0) return when(time);
  return passed < 5_000 ? "just now" : `${duration(passed)} ago`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const CENT = 0.01;

/** Money as a call of a model costs it: `$12.34`, `$0.0041`; what is less than a hundredth of a cent says so. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return EM;
  if (value === 0) return "$0";
  if (Math.abs(value) < 1e-4) return `<\u00a0$0.0001`;
  return Math.abs(value) < CENT ? `$${trim(value, 2)}` : `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
