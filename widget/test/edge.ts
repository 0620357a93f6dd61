/** A real HTTP server that records what a widget sends and answers as it is told. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Received {
  method: string;
  path: string;
  authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  body: any;
}

export async function edge() {
  const received: Received[] = [];
  const answers: { status: number; retryAfter?: string }[] = [];
  const read = async (request: IncomingMessage) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
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
    response.end(JSON.stringify({ policy: { allow: true, reason: "throttle_ready", nextAt: null } }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    /** Numbers of all events that were answered 202, in the order of their coming. */
    numbers: () => received.flatMap(({ body }) => body?.events?.map(({ n }: { n: number }) => n) ?? []),
    close: () => new Promise((done) => server.close(done)),
  };
}
