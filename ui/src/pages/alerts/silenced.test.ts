import { describe, expect, it } from "vitest";
import { type Silence, silencedBy } from "../../api/queries";
import { hiding, shortly, titleOf } from "./silenced";

const silence = (name: string, more: Partial<Silence> = {}): Silence => ({ name, state: "active", matchers: [], from: "2026-11-10T08:00:00Z", to: "2026-11-10T14:00:00Z", by: "ann", why: "The bureau is slow.", ...more });

describe("an alert that nobody is told of", () => {
  it("is known by the server's list in Alertmanager's form", () => {
    const listed = [
      { labels: { alert: "a" }, status: { silencedBy: ["s1", "s2"], inhibitedBy: [] } },
      // Another alert explains it away: it is not silenced.
      { labels: { alert: "b" }, status: { silencedBy: [], inhibitedBy: ["f00"] } },
      { labels: {}, status: { silencedBy: ["s1"] } },
      {},
    ];
    expect(silencedBy(listed)).toEqual({ a: ["s1", "s2"] });
  });
  it("says who wanted that, until when and why", () => {
    const [own, moves] = hiding(["s1", "s2"], [silence("s2", { maintenance: true, by: null, why: "The store moves." }), silence("s1")]);
    expect(own && shortly(own)).toMatch(/^Silenced by ann until Tue,? 10 Nov,? .*: The bureau is slow\.$/);
    expect(moves && shortly(moves)).toMatch(/^Maintenance, declared by somebody until .*: The store moves\.$/);
  });
  it("says so before its silence is listed, too", () => {
    expect(hiding(["s9"]).map(shortly)).toEqual(["Silenced by somebody"]);
  });
  it("tells a maintenance from a silence", () => {
    const [plain, moves] = hiding(["s1", "s2"], [silence("s1"), silence("s2", { maintenance: true })]);
    const title = (...all: typeof plain[]) => titleOf(all.flatMap((s) => s ?? []));
    expect(title(plain)).toBe("Silenced: nobody is told of this alert");
    expect(title(moves)).toBe("Under maintenance: nobody is told of this alert");
    expect(title(plain, moves)).toBe("Silenced and under maintenance: nobody is told of this alert");
  });
});
