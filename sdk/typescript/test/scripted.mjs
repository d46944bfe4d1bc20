// A real server on a real socket that answers by a script and remembers what it was asked.

import { createServer } from "node:http";

export const OK = { status: 200, body: { portal_id: "portal_1" } };
export const LIMITED = { status: 429, body: { error: { code: "RATE_LIMITED" } }, headers: { "Retry-After": "0" } };
export const BUSY = { status: 503, body: { error: { code: "UNAVAILABLE" } }, headers: { "Retry-After": "0" } };
export const BAD_GATEWAY = { status: 502, body: "<html>", headers: { "Retry-After": "0" } };
export const HANGS_UP = { hangsUp: true };

/** Runs `use` with the server's address and the list of what it was asked; the last reply is for all that come after. */
export async function scripted(replies, use) {
  const asked = [];
  const server = createServer((request, response) => {
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => {
      asked.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (reply.hangsUp) return request.socket.destroy();
      const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
      setTimeout(() => response.writeHead(reply.status ?? 200, reply.headers).end(body), reply.ms ?? 0);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, asked);
  } finally {
    server.closeAllConnections?.();
    await new Promise((resolve) => server.close(resolve));
  }
}
