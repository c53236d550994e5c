import { describe, expect, it } from "vitest";
import { spelled } from "./settings";

describe("values of a spec in a table", () => {
  it.each([
    [undefined, "–"],
    ["binary", "binary"],
    [0.2, "0.2"],
    [["sex", "age_band"], '["sex","age_band"]'],
    [null, "null"],
  ])("%j is %s", (value, told) => expect(spelled(value)).toBe(told));

  it("is cut where it is long", () => expect(spelled("x".repeat(200), 10)).toBe(`${"x".repeat(9)}…`));
});
