import { describe, expect, it } from "vitest";
import { happenings } from "./history";

const at = (hour: number) => `2026-11-25T${String(hour).padStart(2, "0")}:00:00Z`;
const step = (number: number, step: string, hour: number, details: unknown = null) => ({ number, step, at: at(hour), details: details as Record<string, never> });
const sign = (monitor: string, hour: number) => ({ monitor, measure: "drift", column: monitor, metric: null, segment: {}, sustained_at: at(hour) });

describe("what happened to an alert", () => {
  it("names the monitors that joined it", () => {
    const told = happenings([step(1, "fired", 1), step(2, "grew", 7), step(3, "grew", 13)], [sign("a", 1), sign("b", 7), sign("c", 13), sign("d", 13)]);
    expect(told.map((h) => [h.step, h.joined.map((s) => s.monitor)])).toEqual([
      ["fired", []],
      ["grew", ["b"]],
      ["grew", ["c", "d"]],
    ]);
  });
  it("tells what nothing tells apart once, with the first and the last time", () => {
    const told = happenings([step(1, "fired", 1), step(2, "grew", 2), step(3, "grew", 5), step(4, "resolved", 6)], []);
    expect(told.map((h) => [h.step, h.times, h.at, h.until])).toEqual([
      ["fired", 1, at(1), at(1)],
      ["grew", 2, at(2), at(5)],
      ["resolved", 1, at(6), at(6)],
    ]);
  });
  it("keeps apart what people wrote", () => {
    const wrote = { by: "ann", verdict: "expected" };
    expect(happenings([step(1, "judged", 1, wrote), step(2, "judged", 2, { ...wrote, by: "bob" })], [])).toHaveLength(2);
  });
});
