import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether this body (a Buffer) came from whoever knows the secret, within the last five minutes. */
export function verified(body, headers, secret) {
  const id = headers["webhook-id"];
  const sentAt = headers["webhook-timestamp"];
  if (Math.abs(Date.now() / 1000 - Number(sentAt)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = createHmac("sha256", key).update(`${id}.${sentAt}.`).update(body);
  const expected = Buffer.from("v1," + signed.digest("base64"));
  return headers["webhook-signature"].split(" ").some((each) => {
    const given = Buffer.from(each);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
