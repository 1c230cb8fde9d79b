// Reads one delivery a line from standard input, {secret, id, timestamp, signature, body (base64), now (seconds)}, and
// prints for each, in order, whether the library accepts it: 1 or 0.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

let answers = "";
for await (const line of createInterface({ input: process.stdin })) {
  const one = JSON.parse(line);
  Date.now = () => one.now * 1000; // the library judges the timestamp by the clock: it is as it was on arrival
  const headers = {
    "webhook-id": one.id,
    "webhook-timestamp": one.timestamp,
    "webhook-signature": one.signature,
  };
  try {
    new Webhook(one.secret).verify(Buffer.from(one.body, "base64"), headers, { jsonParse: false });
    answers += "1";
  } catch {
    answers += "0";
  }
}
console.log(answers);
