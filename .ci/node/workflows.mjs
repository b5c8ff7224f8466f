// GitHub's own parser over workflow files and action.yml: node workflows.mjs FILE…
// Prints every error; exit 1 when there is one.
import { readFileSync } from "node:fs";
import { register } from "node:module";

// The package imports its JSON schemas without import attributes, which Node refuses; bundlers do not.
register(
  "data:text/javascript," +
    encodeURIComponent(`
      import { readFile } from "node:fs/promises";
      export async function load(url, context, next) {
        if (!url.endsWith(".json")) return next(url, context);
        return { format: "module", shortCircuit: true, source: "export default " + (await readFile(new URL(url))) };
      }`),
);
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import("@actions/workflow-parser");
const { parseAction } = await import("@actions/workflow-parser/actions/action-parser");

let bad = 0;
for (const name of process.argv.slice(2)) {
  const file = { name, content: readFileSync(name, "utf8") };
  const trace = new NoOperationTraceWriter();
  const isAction = /(^|\/)action\.ya?ml$/.test(name);
  const parsed = isAction ? parseAction(file, trace) : parseWorkflow(file, trace);
  const errors = parsed.context.errors.getErrors().map((error) => error.message);
  if (!isAction && parsed.value) {
    const template = await convertWorkflowTemplate(parsed.context, parsed.value);
    errors.push(...(template.errors ?? []).map((error) => error.Message));
  }
  for (const message of new Set(errors)) {
    console.log(`${name}: ${message}`);
    bad++;
  }
}
console.log(`${process.argv.length - 2} files, ${bad} errors`);
process.exit(bad ? 1 : 0);
