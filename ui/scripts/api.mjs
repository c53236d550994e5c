// Makes src/api/schema.d.ts anew from the description that a running server gives of its API.
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const server = process.env.CANDOR_URL ?? "http://127.0.0.1:7411";
const description = await (await fetch(new URL("/api/openapi.json", server))).json();
const types = await openapiTS(description);
const note = "// Made by `npm run api` from a running server's /api/openapi.json. Do not edit.\n";
await writeFile(new URL("../src/api/schema.d.ts", import.meta.url), note + astToString(types));
console.log(`types of ${server} written`);
