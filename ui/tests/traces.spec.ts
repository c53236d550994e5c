import { forEveryone } from "./axe";
import { expect, test } from "./fixtures";
import { settled } from "./pages";
import { apply } from "./server";
import { conversation, failing, KEEP, large, send, spanId, traceId } from "./spans";
import { visit } from "./visit";

const MINUTE = 60_000;
/** Spans that are over when the page looks: nothing more of them is waited for. */
const before = (minutes: number) => Date.now() - minutes * MINUTE;

test("a server without spans says how to send the first, and changes by itself", async ({ page, empty, request }) => {
  await visit(page, `${empty.url}/traces`);
  await expect(page.getByRole("heading", { name: "Send the first span" })).toBeVisible();
  await expect(page.getByText(`OTLPSpanExporter(endpoint="${empty.url}/v1/traces")`)).toBeVisible();
  await page.getByRole("tab", { name: "curl" }).click();
  await expect(page.getByText(`curl ${empty.url}/v1/traces`)).toBeVisible();
  await send(request, empty.url, failing(1), before(10));
  await expect(page.getByRole("heading", { level: 1, name: "Traces", exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "Traces" })).toContainText("POST /assist");
});

test("from the list to a trace, a span and its story, and back", async ({ page, empty, request }) => {
  await apply(empty.url, KEEP);
  await send(request, empty.url, conversation(1), before(30));
  await send(request, empty.url, failing(9), before(20));
  await visit(page, `${empty.url}/traces?last=24h`, "tbody tr");
  await expect(page).toHaveTitle("Traces · Candor");
  const list = page.getByRole("region", { name: "Traces" });
  await expect(list.getByRole("link", { name: /\d\d:\d\d/ })).toHaveCount(5);
  await forEveryone(page);

  // Filters stand in the address, and must hold of one span.
  await page.getByRole("textbox", { name: "Words said" }).fill("thursday");
  await expect(page).toHaveURL(/said=thursday/);
  await expect(list.getByRole("link", { name: /\d\d:\d\d/ })).toHaveCount(3);
  await page.getByRole("combobox", { name: "Attributes" }).fill("gen_ai.usage.input_tokens=730");
  await page.keyboard.press("Enter");
  await expect(list.getByRole("link", { name: /\d\d:\d\d/ })).toHaveCount(1);
  await page.reload();
  await expect(list.getByRole("link", { name: /\d\d:\d\d/ })).toHaveCount(1);
  await list.getByRole("link", { name: /\d\d:\d\d/ }).click();
  await settled(page, "[data-ready]");
  await expect(page).toHaveTitle(`Trace ${traceId(2)} · Candor`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("invoke_agent shop took 2 s; no span of it failed.");
  await forEveryone(page);

  // By keyboard through the tree.
  const tree = page.getByRole("tree", { name: "Spans" });
  await expect(tree.getByRole("treeitem")).toHaveCount(5);
  await tree.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("treeitem")).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`span=${spanId(24)}`));
  const details = page.getByRole("region", { name: "Span chat gpt-4o" });
  await expect(details.getByText("On Thursday, before noon.")).toBeVisible();
  await details.getByRole("textbox", { name: "Search them" }).fill("server");
  await expect(details.getByRole("region", { name: "Attributes" }).getByRole("row")).toHaveCount(2);
  await tree.getByRole("treeitem", { name: /^retrieval help/ }).click();
  await expect(page.getByRole("region", { name: "Documents" })).toContainText("Parcels within the country take two days.");
  await tree.getByRole("treeitem", { name: /^execute_tool track/ }).click();
  await expect(page.getByRole("region", { name: "Span execute_tool track" })).toContainText("left Lyon at 8:10");

  await tree.getByRole("treeitem", { name: /^chat gpt-4o/ }).click();
  await details.getByRole("link", { name: "The story of this prediction of gpt-4o" }).click();
  await settled(page, "[data-ready]");
  await expect(page).toHaveURL(new RegExp(`/predictions/gpt-4o/${traceId(2)}-${spanId(24)}`));
  await page.getByRole("link", { name: traceId(2) }).click();
  await settled(page, "[data-ready]");
  await expect(tree.getByRole("treeitem", { name: /^chat gpt-4o/ })).toHaveAttribute("aria-selected", "true");
});

test("what failed, came early or lost its parent is said", async ({ page, empty, request }) => {
  await send(request, empty.url, failing(9), before(20));
  await visit(page, `${empty.url}/traces/${traceId(9)}`, "[data-ready]");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("POST /assist took 675 ms; 2 of its 3 spans failed.");
  await expect(page.getByText("1 span begins before its parent, by up to 35 ms")).toBeVisible();
  await expect(page.getByText("1 span has a parent that is not here")).toBeVisible();
  await expect(page.getByRole("treeitem", { name: /^chat gpt-4o 35 ms before its parent · worker · chat · gpt-4o failed 210 ms , begins at 0 ms/ })).toBeVisible();
  // The span that failed first is shown, with the words of the failure.
  await expect(page.getByRole("region", { name: "Span chat gpt-4o" })).toContainText("429 from upstream");
  await expect(page.getByRole("region", { name: "Attributes" })).toContainText("RateLimitError");
  await forEveryone(page);
  await visit(page, `${empty.url}/traces/${traceId(77)}`);
  await expect(page.getByText("No span of this trace is kept")).toBeVisible();
});

test("a conversation is a dialogue, and without its words says why", async ({ page, empty, request }) => {
  await send(request, empty.url, conversation(1), before(30));
  await visit(page, `${empty.url}/conversations/conv_9`, "[data-ready]");
  await expect(page.getByRole("listitem")).toHaveCount(4);
  await expect(page.getByRole("region", { name: "Why words are missing" })).toContainText("no policy kept the content of gpt-4o then");
  await expect(page.getByRole("region", { name: "Why words are missing" })).toContainText('models: ["gpt-4o"]');
  await forEveryone(page);

  await apply(empty.url, KEEP);
  await send(request, empty.url, conversation(11), before(25));
  await page.reload();
  await settled(page, "[data-ready]");
  await expect(page.getByRole("listitem")).toHaveCount(8);
  await expect(page.getByText("The words of some turns are missing")).toBeVisible();
  await expect(page.getByText("The policy content keeps it now")).toBeVisible();
  // Said once, though each turn was given all that was said before.
  await expect(page.getByText("Where is my parcel?")).toHaveCount(1);
  await expect(page.getByText("It is on its way: it left Lyon this morning.")).toHaveCount(1);
  await page.getByRole("listitem").nth(4).getByRole("link", { name: "Trace" }).click();
  await settled(page, "[data-ready]");
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId(11)}`));
});

const SPANS = 1_000;
/** On a machine that does other things too; alone it takes a fraction of it. */
const OPENED_MS = 2_000;

test(`a trace of ${SPANS} spans opens at once, and its names are only ever text`, async ({ page, empty, request }) => {
  const hostile = "<img src=x onerror=alert(1)>";
  const spans = large(5, 5_000, SPANS);
  await send(request, empty.url, [...spans, { trace: 5, id: 9_999, parent: 5_000, name: hostile, at: 1, ms: 3, service: hostile, attributes: { [hostile]: hostile } }], before(20));
  await visit(page, `${empty.url}/traces?last=24h`, "tbody tr");
  // From the click until the picture with the first rows was handed over.
  await page.evaluate(() => {
    const marks = { clicked: 0, drawn: 0 };
    Object.assign(window, { marks });
    document.addEventListener("click", (event) => Object.assign(marks, { clicked: event.timeStamp }), { capture: true });
    const watch = new MutationObserver(() => {
      if (!document.querySelector("[role=treeitem]")) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => Object.assign(marks, { drawn: performance.now() })));
    });
    watch.observe(document.body, { childList: true, subtree: true });
  });
  await page.getByRole("region", { name: "Traces" }).getByRole("link", { name: /\d\d:\d\d/ }).first().click();
  await settled(page, "[data-ready]");
  const opened = await page.evaluate(() => {
    const { clicked, drawn } = (window as unknown as { marks: { clicked: number; drawn: number } }).marks;
    return drawn - clicked;
  });
  test.info().annotations.push({ type: "opened", description: `${Math.round(opened)} ms` });
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThan(OPENED_MS);
  // Only rows in sight are drawn.
  expect(await page.getByRole("treeitem").count()).toBeLessThan(60);
  const tree = page.getByRole("tree", { name: "Spans" });
  await tree.focus();
  await page.keyboard.press("End");
  await expect(tree.locator("[data-active]")).toHaveAttribute("data-row", String(SPANS));
  await page.goto(`${empty.url}/traces/${traceId(5)}?span=${spanId(9_999)}`);
  await settled(page, "[data-ready]");
  await expect(page.getByRole("heading", { level: 2, name: hostile })).toBeVisible();
  await expect(page.locator("img")).toHaveCount(0);
});

test("the palette opens a trace by its id", async ({ page, empty, request }) => {
  await send(request, empty.url, failing(9), before(20));
  await visit(page, `${empty.url}/traces`, "tbody tr");
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search" }).fill(`00-${traceId(9)}-${spanId(92)}-01`);
  await page.keyboard.press("Enter");
  await settled(page, "[data-ready]");
  await expect(page).toHaveURL(new RegExp(`/traces/${traceId(9)}.*span=${spanId(92)}`));
  await expect(page.getByRole("region", { name: "Span audit" })).toBeVisible();
});
