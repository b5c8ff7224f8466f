// What the service knows, against what was wanted: node judge.mjs REPORT NAME=VALUE…
//   publish, golive, cancel   how many such requests reached the service, and took effect
//   offer                     the offer's state at the end
//   outputs                   a JSON file of outputs: its operation is the one that the service ran last for the client
//   status                    the status in it
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [report, ...wants] = process.argv.slice(2);
const want = Object.fromEntries(wants.map((pair) => pair.split(/=(.*)/s)));
const truth = JSON.parse(readFileSync(report, "utf8"));

for (const kind of ["publish", "golive", "cancel"]) {
  assert.equal(truth.reached[kind] ?? 0, Number(want[kind] ?? 0), `${kind} requests that reached the service`);
  assert.equal(truth.accepted[kind] ?? 0, Number(want[kind] ?? 0), `${kind} requests that took effect`);
}
assert.deepEqual(truth.leaks ?? [], [], "hosts that saw a token");
if (want.offer) assert.equal(truth.offer, want.offer, "the offer's state");
if (want.outputs) {
  const outputs = JSON.parse(readFileSync(want.outputs, "utf8"));
  const ours = truth.operations.filter((operation) => operation.by === "client").at(-1);
  assert.deepEqual(Object.keys(outputs).sort(), ["api", "elapsed-seconds", "failed-step", "message", "operation-id", "operation-path", "status"]);
  assert.equal(outputs.status, want.status, "the output status");
  assert.ok(outputs["operation-path"].includes(ours.id), `operation-path ${outputs["operation-path"]} names ${ours.id}`);
  assert.equal(outputs["operation-id"], ours.id, "the output operation-id");
}
