// The vendor's verifier of signatures, called as its HTTP receiver calls it. Reads lines of JSON
// {body, timestamp, signature, now}, answers each with "yes" or "no". Argument: the signing secret.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const { isValidSlackRequest } = require("@slack/bolt");
for await (const line of createInterface({ input: process.stdin })) {
  const { body, timestamp, signature, now } = JSON.parse(line);
  const valid = isValidSlackRequest({
    signingSecret: process.argv[2],
    body,
    // As the vendor's own receiver reads the headers.
    headers: { "x-slack-request-timestamp": Number(timestamp), "x-slack-signature": signature },
    nowMilliseconds: now * 1000,
  });
  console.log(valid ? "yes" : "no");
}
