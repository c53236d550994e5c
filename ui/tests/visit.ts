import type { Page } from "@playwright/test";
import { settled } from "./pages";

/** Goes to a page and waits until what it shows is there. */
export async function visit(page: Page, url: string, ready?: string): Promise<void> {
  await page.goto(url);
  await settled(page, ready);
}
