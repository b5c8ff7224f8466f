// page.mjs MODULES OUT STORY…: a web page of the summaries that the stories want, as GitHub shows them, and a script that
// judges it. Markdown becomes HTML by cmark-gfm, GitHub's own; what a sanitizer would take away stays, to be seen.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const [modules, out, ...paths] = process.argv.slice(2);

function sections(text) {
  const parts = text.split(/^-- (.+) --$/m);
  const all = {};
  for (let i = 1; i < parts.length; i += 2) all[parts[i].trim()] = parts[i + 1].replace(/^\n/, "");
  return all;
}

const lastOutput = (outputs, name) => (outputs ?? "").split("\n").filter((line) => line.startsWith(`${name}=`)).at(-1)?.slice(name.length + 1) ?? "";

const summaries = [];
for (const path of paths) {
  const story = sections(readFileSync(path, "utf8"));
  for (const [section, markdown] of Object.entries(story)) {
    if (!section.startsWith("want summary")) continue;
    const job = section.slice("want summary".length);
    summaries.push({
      name: basename(path, ".txtar") + job,
      html: execFileSync("cmark-gfm", ["--unsafe", "--github-pre-lang", ...["footnotes", "table", "autolink", "strikethrough", "tasklist"].flatMap((e) => ["-e", e])], { input: markdown, encoding: "utf8" }),
      charts: markdown.split("```mermaid\n").slice(1).map((rest) => rest.split("```")[0]),
      exit: Number(story["want exit" + job]),
      failedStep: lastOutput(story["want outputs" + job], "failed-step"),
      message: lastOutput(story["want outputs" + job], "message"),
    });
  }
}

// Inside of a script element only "</" and "<!--" could end it.
const data = JSON.stringify(summaries).replaceAll("<", "\\u003c");
const read = (name) => readFileSync(name, "utf8");
writeFileSync(out, `<!doctype html>
<meta charset="utf-8">
<title>unfinished</title>
<style>
${read(`${modules}/github-markdown-css/github-markdown-light.css`)}
body { margin: 0; background: #fff }
article { box-sizing: border-box; max-width: 1012px; padding: 32px }
</style>
<main></main>
<script>${read(`${modules}/mermaid/dist/mermaid.min.js`).replaceAll("</script", "<\\/script")}</script>
<script>const summaries = ${data};</script>
<script>${read(new URL("judge.js", import.meta.url))}</script>
`);
console.log(summaries.length);
