// Serves dist as the binary does, in front of a server that runs: policy, nonce, path prefix, history routing. So the
// interface can be tried on a server that was built without it, and under a prefix.
//   CANDOR_URL=http://127.0.0.1:7411 PORT=7497 PREFIX=/candor/ node scripts/front.mjs
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname } from "node:path";

const server = new URL(process.env.CANDOR_URL ?? "http://127.0.0.1:7411");
const port = Number(process.env.PORT ?? 7497);
const prefix = process.env.PREFIX ?? "/";
const dist = new URL("../dist/", import.meta.url);
const API = /^(v1|api|health|metrics)(\/|$)/;
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

const policy = (nonce) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

function pass(path, incoming, outgoing) {
  const headers = { ...incoming.headers, host: server.host };
  // The server refuses other sites' pages; to it we are one.
  if (headers.origin) headers.origin = server.origin;
  const asked = request({ host: server.hostname, port: server.port, path: `/${path}`, method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    // A stream begins before its first message.
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  });
  asked.on("error", () => outgoing.writeHead(502).end());
  outgoing.on("close", () => asked.destroy());
  incoming.pipe(asked);
}

async function file(name, outgoing) {
  try {
    const body = await readFile(new URL(name, dist));
    outgoing.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(body);
  } catch {
    outgoing.writeHead(404).end();
  }
}

async function page(outgoing) {
  const nonce = randomBytes(16).toString("base64");
  const html = (await readFile(new URL("index.html", dist), "utf8"))
    .replace('<base href="/" />', `<base href="${prefix}" />`)
    .replace('name="csp-nonce" content=""', `name="csp-nonce" content="${nonce}"`);
  outgoing.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy(nonce), "cache-control": "no-cache" }).end(html);
}

createServer((incoming, outgoing) => {
  const address = incoming.url ?? "/";
  if (!address.startsWith(prefix)) return outgoing.writeHead(404).end();
  const path = address.slice(prefix.length);
  const name = decodeURIComponent(path.split("?")[0] ?? "");
  if (API.test(name)) return pass(path, incoming, outgoing);
  if (name.startsWith("assets/") || TYPES[extname(name)]) return void file(name.replaceAll("..", ""), outgoing);
  return void page(outgoing);
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}${prefix} in front of ${server.origin}`));
