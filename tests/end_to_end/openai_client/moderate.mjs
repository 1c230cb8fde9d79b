// What OpenAI's client for Node makes of our answers: one JSON line a question, read by test_vendor_clients.py.
import OpenAI from "openai";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const say = (value) => console.log(JSON.stringify(value));

const text = "😀 I will kill you all tomorrow.";
const { data, response } = await client.moderations.create({ input: text }, { query: { offset_unit: "utf16" } }).withResponse();
const [result] = data.results;
const evidence = result.obelus.parts[0].findings.flatMap((finding) => finding.evidence);
say({
  id: data.id,
  flagged: result.flagged,
  categories: Object.keys(result.categories).sort(),
  violence: result.category_scores.violence,
  // Offsets are those of JavaScript's own strings.
  quotes: evidence.every(({ start, end, text: words }) => text.slice(start, end) === words) && evidence.length > 0,
  requestId: response.headers.get("x-request-id"),
});

const many = await client.moderations.create({
  model: "omni-moderation-latest",
  input: [{ type: "text", text: "The mayor opened a bridge." }, { type: "text", text: "Мы убьём вас всех." }],
});
say({ results: many.results.length, flagged: many.results[0].flagged });

for (const [options, body] of [
  [{ apiKey: "wrong" }, { input: text }],
  [{}, { input: text, model: "gpt-9" }],
  [{}, { input: [{ type: "image_url", image_url: { url: "https://images.example/1.png" } }] }],
]) {
  try {
    await client.withOptions(options).moderations.create(body);
    say({ error: null });
  } catch (error) {
    say({ error: error.constructor.name, status: error.status, code: error.code, param: error.param });
  }
}
