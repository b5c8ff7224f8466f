// A step's log as the Azure Pipelines agent reads it: node azure-log.mjs LOG STAGE.JOB.JOB.STEP
// Every logging command goes through Microsoft's own parser; prints the output variables by their full name, as JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { commandFromString } = createRequire(import.meta.url)("azure-pipelines-task-lib/taskcommand");
const [file, prefix] = process.argv.slice(2);
const known = ["task.setvariable", "task.setsecret", "task.logissue", "task.setprogress", "task.uploadsummary", "task.complete", "task.debug"];
const outputs = {};
let count = 0;
for (const line of readFileSync(file, "utf8").split("\n")) {
  const at = line.indexOf("##vso[");
  if (at < 0) continue;
  const { command, properties, message } = commandFromString(line.slice(at));
  assert.ok(known.includes(command), `unknown command: ${line}`);
  assert.ok(!message.includes("##vso["), `a command inside a command: ${line}`);
  count++;
  if (command === "task.setvariable") {
    assert.equal(properties.isoutput, "true", line);
    outputs[`${prefix}.${properties.variable}`] = message;
  }
}
assert.ok(count > 0, "no logging command in the log");
console.log(JSON.stringify(outputs, null, 1));
