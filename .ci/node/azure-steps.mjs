// The part of Azure Pipelines that turns a pipeline file into what an agent runs, as far as our examples use it:
//
//   node azure-steps.mjs PIPELINE STAGE WORLD.json FOLDER
//
// judges whether the stage would run, expands the step template, evaluates stageDependencies, replaces $(macros), and writes
// each bash step of the stage's job as FOLDER/N.sh and FOLDER/N.env (NAME=value lines). WORLD holds {variables, secrets,
// outputs, results, connections, refusal}: outputs by their full name (stage.job.step.variable), results by the name of the
// stage, connections by their name, each with the variables that AzureCLI@2 has for its script. A token is given only to a
// stage in which a task names a connection, in words: for any other, System.OidcRequestUri is refusal. Whatever else a file
// may say is refused, not overlooked.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "yaml";

const { commandFromString } = createRequire(import.meta.url)("azure-pipelines-task-lib/taskcommand");
const [file, stageName, worldFile, folder] = process.argv.slice(2);
const world = JSON.parse(readFileSync(worldFile, "utf8"));
const load = (name) => parse(readFileSync(name, "utf8"));
const only = (object, known, what) => {
  for (const key of Object.keys(object)) if (!known.includes(key)) throw new Error(`${what}: ${key} is not known here`);
};

const pipeline = load(file);
only(pipeline, ["trigger", "pr", "schedules", "pool", "resources", "variables", "lockBehavior", "stages"], file);
if (pipeline.lockBehavior !== "sequential") throw new Error("no lockBehavior: sequential");
const stage = pipeline.stages.find((each) => each.stage === stageName);
only(stage, ["stage", "dependsOn", "condition", "jobs"], stageName);
const [job] = stage.jobs;
only(job, ["deployment", "job", "environment", "container", "timeoutInMinutes", "variables", "strategy", "steps"], stageName);

const variables = { ...world.variables };
for (const entry of pipeline.variables) {
  only(entry, ["group", "name", "value"], "variables");
  if (entry.name) variables[entry.name] ??= entry.value;
}
for (const [name, value] of Object.entries(job.variables ?? {})) {
  const reference = /^\$\[ stageDependencies\.(\w+)\.(\w+)\.outputs\['([\w.]+)'\] \]$/.exec(value);
  if (!reference) throw new Error(`${name}: ${value} is not known here`);
  const from = pipeline.stages.find((each) => each.stage === reference[1]);
  if (!before(stageName).includes(reference[1])) throw new Error(`${name}: ${stageName} does not depend on ${reference[1]}`);
  if (!from.jobs.some((each) => each.job === reference[2])) throw new Error(`${name}: ${reference[1]} has no job ${reference[2]}`);
  variables[name] = world.outputs[reference.slice(1).join(".")] ?? "";
}

// Conditions: https://learn.microsoft.com/azure/devops/pipelines/process/expressions#job-status-functions
// A stage without one wants every stage before it to have succeeded, also those that it depends on only indirectly.
function before(name) {
  const at = pipeline.stages.findIndex((each) => each.stage === name);
  const direct = [pipeline.stages[at].dependsOn ?? pipeline.stages[at - 1]?.stage ?? []].flat();
  return [...new Set(direct.flatMap((each) => [each, ...before(each)]))];
}
function runs() {
  const good = (name) => ["Succeeded", "SucceededWithIssues"].includes(world.results[name]);
  const names = before(stageName);
  for (const name of names) if (!(name in world.results)) throw new Error(`${stageName}: how did ${name} end?`);
  if (stage.condition === undefined) return names.every(good);
  const language = {
    always: () => true,
    canceled: () => false,
    not: (value) => !value,
    and: (...values) => values.every(Boolean),
    eq: (one, other) => one === other,
    ne: (one, other) => one !== other,
    within: (value, ...values) => values.includes(value),
    variables,
    dependencies: Object.fromEntries([stage.dependsOn ?? []].flat().map((name) => [name, { result: world.results[name] }])),
  };
  // What is left is JavaScript as well, but for the name of one function.
  const javascript = stage.condition.replace(/\bin\(/g, "within(");
  return new Function(...Object.keys(language), `return ${javascript}`)(...Object.values(language));
}
if (!runs()) {
  console.log(`${stageName} would not run`);
  process.exit(3);
}

// A macro without a value stays as it stands, as on the agent.
function macros(text) {
  const all = Object.entries({ ...variables, ...world.secrets });
  const byName = new Map(all.map(([name, value]) => [name.toLowerCase(), value]));
  return String(text).replace(/\$\(([\w.]+)\)/g, (whole, name) => byName.get(name.toLowerCase()) ?? whole);
}

function expand(step) {
  if (!step.template) return [step];
  const template = load(join(dirname(file), step.template));
  const values = {};
  for (const { name, default: preset, values: allowed } of template.parameters) {
    values[name] = step.parameters[name] ?? preset;
    if (values[name] === undefined) throw new Error(`${step.template}: no value for ${name}`);
    if (allowed && !allowed.includes(values[name])) throw new Error(`${step.template}: ${name} cannot be ${values[name]}`);
  }
  only(step.parameters, Object.keys(values), step.template);
  const fill = (node) => {
    if (typeof node === "string") {
      return node.replace(/\$\{\{ parameters\.(\w+) \}\}/g, (_, name) => {
        if (!(name in values)) throw new Error(`${step.template}: no parameter ${name}`);
        return values[name];
      });
    }
    if (Array.isArray(node)) return node.map(fill);
    if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value)]));
    return node;
  };
  return fill(template.steps);
}

const stepsOf = (job) => (job.strategy?.runOnce.deploy.steps ?? job.steps).flatMap(expand);

// Since 2026-03-11 the OIDC endpoint wants a task of the same stage that names the connection. The service reads the file
// before the run: a variable comes too late. https://github.com/dotnet/docker-tools/issues/2012
const named = stage.jobs.flatMap(stepsOf).flatMap((step) => (step.task === "AzureCLI@2" ? [step.inputs.azureSubscription] : []));
if (!named.some((name) => name in world.connections)) {
  console.log(`${stageName}: no task names a service connection`);
  variables["System.OidcRequestUri"] = world.refusal;
}

// AzureCLI@2 without the CLI: its script, with the variables that the task gives it, on the agent's machine.
// https://github.com/microsoft/azure-pipelines-tasks/tree/master/Tasks/AzureCLIV2
function azureCLI(step) {
  only(step, ["task", "displayName", "target", "inputs"], step.task);
  only(step.inputs, ["azureSubscription", "scriptType", "scriptLocation", "inlineScript"], step.task);
  if (job.container && step.target !== "host") throw new Error("the image has no Azure CLI: target: host");
  const connection = world.connections[step.inputs.azureSubscription];
  if (!connection) return;
  const ran = spawnSync("bash", ["-c", macros(step.inputs.inlineScript)], { env: { PATH: process.env.PATH, ...connection }, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${step.task}: ${ran.stderr}`);
  for (const line of ran.stdout.split("\n").filter(Boolean)) {
    const { command, properties, message } = commandFromString(line);
    if (command !== "task.setvariable" || properties.isoutput) throw new Error(`${step.task}: ${line} is not known here`);
    variables[properties.variable] = message;
  }
}

let count = 0;
for (const step of stepsOf(job)) {
  if (step.download === "none" || step.checkout === "none") continue;
  if (step.task === "AzureCLI@2") {
    azureCLI(step);
    continue;
  }
  if (step.task) {
    console.log(`not run here: ${step.task}`);
    continue;
  }
  only(step, ["bash", "name", "displayName", "env"], "step");
  // The agent exports every variable that is no secret: upper case, dots to underscores.
  const exported = Object.entries(variables).map(([name, value]) => [name.toUpperCase().replaceAll(".", "_"), value]);
  const environment = { ...Object.fromEntries(exported), ...step.env };
  count++;
  writeFileSync(join(folder, `${count}.sh`), macros(step.bash));
  writeFileSync(
    join(folder, `${count}.env`),
    Object.entries(environment)
      .map(([name, value]) => `${name}=${macros(value)}\n`)
      .join(""),
  );
}
console.log(`${count} bash steps`);
