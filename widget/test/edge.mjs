/** A real HTTP server that records what a widget sends and answers as it is told. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

/** SHA-256 as base64url, by Node's library. */
export const digest = (text) => createHash("sha256").update(text).digest("base64url");

export async function edge() {
  const received = [];
  const answers = [];
  const read = async (request) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const data = Buffer.concat(chunks);
    const text = data[0] === 0x1f ? gunzipSync(data) : data;
    return text.length ? JSON.parse(text.toString()) : null;
  };
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const { status, retryAfter } = answers.shift() || { status: 202 };
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "Authorization");
    response.setHeader("Access-Control-Allow-Methods", "DELETE");
    response.setHeader("Access-Control-Expose-Headers", "Retry-After");
    if (retryAfter) response.setHeader("Retry-After", retryAfter);
    response.statusCode = status;
    if (request.method !== "OPTIONS") {
      received.push({
        method: request.method || "",
        path: request.url || "",
        authorization: request.headers.authorization,
        body,
      });
    }
    response.end(
      JSON.stringify({ policy: { allow: true, reason: "throttle_ready", nextAt: null } }),
    );
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    received,
    answers,
    /** Numbers of all events that were answered 202, in the order of their coming. */
    numbers: () => received.flatMap(({ body }) => body?.events?.map(({ n }) => n) ?? []),
    close: () => new Promise((done) => server.close(done)),
  };
}
