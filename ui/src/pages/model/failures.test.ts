import { describe, expect, it } from "vitest";
import { Refusal } from "../../api/client";
import { broken, failedAlike } from "./failures";

const failed = (trace: string) => ({ error: new Refusal(500, "internal", `Its trace is ${trace}.`, ""), data: undefined });
const denied = { error: new Refusal(403, "forbidden", "The token may not read this.", ""), data: undefined };
const told = { error: null, data: [] };
const pending = { error: null, data: undefined };

describe("failures", () => {
  it("are one where all failed for one reason, whatever their traces", () => {
    const first = failed("4f");
    expect(failedAlike([first, failed("5a")])).toBe(first.error);
  });
  it("are told one by one where something is known, on its way, or failed for another reason", () => {
    for (const other of [told, pending, denied]) expect(failedAlike([failed("4f"), other])).toBeNull();
    expect(failedAlike([])).toBeNull();
  });
  it("are none where something is known from before", () => {
    expect(broken([{ ...failed("4f"), data: [] }, denied])).toEqual([denied]);
  });
});
