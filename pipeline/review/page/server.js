// Talks to the review's server; addresses are relative, so the token in the path goes along.

/** A refusal, with the German sentences to show. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body.error || "Der Server antwortet nicht wie erwartet.");
    this.status = status;
    this.body = body;
    this.advice = body.advice || "";
    this.kind = body.kind || "";
  }
}

async function answer(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    // no JSON: the status alone says what happened
  }
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

export async function get(address, options = {}) {
  return answer(await fetch(address, { cache: "no-store", ...options }));
}

export async function send(method, address, body, options = {}) {
  return answer(await fetch(address, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...options,
  }));
}

/** Bytes of a file that may still be made: asks again until it is there. */
export async function bytes(address, signal) {
  for (;;) {
    const response = await fetch(address, { signal });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    if (response.status !== 503) throw new Refusal(response.status, {});
    await pause(1000 * Number(response.headers.get("Retry-After") || 1));
  }
}

/** Waits until a file that may still be made is there. */
export async function ready(address) {
  for (;;) {
    const response = await fetch(address, { method: "HEAD" });
    if (response.ok) return;
    if (response.status !== 503) throw new Refusal(response.status, {});
    await pause(1000);
  }
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
