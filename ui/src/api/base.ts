/** Where the interface lives: `/`, or the prefix that the server wrote into `<base href>`. */
export function basePath(): string {
  const path = new URL(document.baseURI).pathname;
  return path.endsWith("/") ? path : path.slice(0, path.lastIndexOf("/") + 1);
}

/** The address of the API, without a slash at its end. */
export function apiRoot(): string {
  return basePath().slice(0, -1);
}

/** The nonce of this page's style elements, if the server gave one. */
export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');
  return meta?.content ?? "";
}
