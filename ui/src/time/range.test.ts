import { describe, expect, it } from "vitest";
import { compared, DAY, grainOf, HOUR, lengthOf, readTime, resolve, stepFor } from "./range";

describe("the range in the URL", () => {
  it("is only what is a range", () => {
    expect(readTime({ last: "24h", vs: "week" })).toEqual({ last: "24h", vs: "week" });
    expect(readTime({ last: "<img>", vs: "moon" })).toEqual({});
    expect(readTime({ from: "2026-11-10T00:00:00Z", to: "2026-11-01T00:00:00Z" })).toEqual({});
    expect(readTime({ from: "2026-11-01T00:00:00Z", to: "2026-11-10T00:00:00Z", last: "1h" })).toEqual({ from: "2026-11-01T00:00:00Z", to: "2026-11-10T00:00:00Z" });
    expect(lengthOf("0h")).toBeNull();
  });
  it("is the same within a minute", () => {
    const now = Date.parse("2026-11-10T12:00:10Z");
    expect(resolve({ last: "1h" }, now)).toEqual(resolve({ last: "1h" }, now + 40_000));
    expect(resolve({}, now).to - resolve({}, now).from).toBe(7 * DAY);
  });
  it("is compared with as much time before", () => {
    const range = { from: 10 * DAY, to: 12 * DAY };
    expect(compared(range, "previous")).toEqual({ from: 8 * DAY, to: 10 * DAY });
    expect(compared(range, "week")).toEqual({ from: 3 * DAY, to: 5 * DAY });
    expect(compared(range, "reference")).toBeNull();
  });
  it("has windows that give a chart enough points", () => {
    expect(grainOf({ from: 0, to: HOUR })).toBe("5m");
    expect(grainOf({ from: 0, to: 7 * DAY })).toBe("1h");
    expect(grainOf({ from: 0, to: 30 * DAY })).toBe("1d");
    expect(stepFor({ from: 0, to: 7 * DAY })).toBe(3 * HOUR);
  });
});
