import createClient, { type Middleware } from "openapi-fetch";
import { apiRoot } from "./base";
import { refuse, token } from "./session";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the server said when it did not do what was asked. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly hint: string,
  ) {
    super(detail);
    this.name = "Refusal";
  }
}

/** A problem document as a refusal; bodies of proxies and other strangers too. */
export function refusal(status: number, body: unknown): Refusal {
  const problem = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string) => {
    const value = problem[name];
    return typeof value === "string" ? value : "";
  };
  const detail = text("detail") || `The server answered with status ${status}.`;
  return new Refusal(status, text("code"), detail, text("hint"));
}

const authorize: Middleware = {
  onRequest({ request }) {
    const known = token();
    if (known) request.headers.set("authorization", `Bearer ${known}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) refuse();
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: apiRoot() });
api.use(authorize);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer, or a `Refusal` thrown. */
export async function answer<T>(asked: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (!response.ok) throw refusal(response.status, error);
  return data as T;
}
