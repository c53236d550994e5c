import { describe, expect, it } from "vitest";
import { pageTitle } from "./pageTitle";

describe("a page's title", () => {
  it("says what the page is about first", () => {
    const told = (path: string, search = {}) => pageTitle(path, search);
    expect([
      told("/"),
      told("/models/credit-risk"),
      told("/models/credit-risk", { tab: "drift" }),
      told("/predictions", { model: "credit-risk" }),
      told("/predictions/credit-risk/p-17"),
      told("/traces", { model: "gpt-4o" }),
      told("/traces/abc0"),
      told("/conversations/conv%209"),
      told("/alerts"),
      told("/alerts", { show: "silences" }),
      told("/alerts/0191"),
      told("/drills"),
      told("/drills", { model: "loan" }),
      told("/sql"),
      told("/models/a%20b"),
      told("/nowhere"),
    ]).toEqual([
      "Fleet · Candor",
      "credit-risk · Candor",
      "credit-risk · Drift · Candor",
      "Predictions · credit-risk · Candor",
      "Prediction p-17 · credit-risk · Candor",
      "Traces · Candor",
      "Trace abc0 · Candor",
      "Conversation conv 9 · Candor",
      "Alerts · Candor",
      "Silences · Candor",
      "Alert · Candor",
      "Drills · Candor",
      "Backtest · loan · Candor",
      "SQL · Candor",
      "a b · Candor",
      "Candor",
    ]);
  });
});
