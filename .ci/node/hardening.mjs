// What no parser asks of a workflow: node hardening.mjs FILE…
// No permission by default, no stored credentials after a checkout, no text of others in a script, every run in a group queues
// up. Prints every fault; exit 1 when there is one.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

let bad = 0;
for (const name of process.argv.slice(2)) {
  const fault = (text) => {
    console.log(`${name}: ${text}`);
    bad++;
  };
  const workflow = parse(readFileSync(name, "utf8"));
  if (JSON.stringify(workflow.permissions) !== "{}") fault("no permissions: {} at its top");
  for (const [id, job] of Object.entries(workflow.jobs)) {
    if (!job.uses && !job["timeout-minutes"]) fault(`${id}: no timeout-minutes`);
    for (const step of job.steps ?? []) {
      if (step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false) fault(`${id}: the checkout keeps its credentials`);
      if (step.run?.includes("${{")) fault(`${id}: an expression in a script`);
    }
  }
  for (const concurrency of [workflow, ...Object.values(workflow.jobs)].map((each) => each.concurrency).filter((each) => each !== undefined)) {
    const cancels = concurrency["cancel-in-progress"];
    if (!("queue" in concurrency)) continue;
    if (concurrency.queue !== "max") fault(`queue: ${concurrency.queue}`);
    if (cancels !== false) fault("queue: max beside cancel-in-progress");
  }
}
console.log(`${process.argv.length - 2} workflows, ${bad} faults`);
process.exit(bad ? 1 : 0);
