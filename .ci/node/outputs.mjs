// A GITHUB_OUTPUT file as the runner reads it: node outputs.mjs FILE prints its values as JSON.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// read returns the values by name; the last one of a name wins. It throws where the runner fails the step.
export function read(text) {
  const values = new Map();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`line ${i + 1}: no name`);
      values.set(line.slice(0, equals), line.slice(equals + 1));
      continue;
    }
    if (heredoc < 0) throw new Error(`line ${i + 1}: neither NAME=VALUE nor NAME<<DELIMITER`);
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (!name || !delimiter) throw new Error(`line ${i + 1}: no name or no delimiter`);
    const value = [];
    while (lines[++i] !== delimiter) {
      if (i >= lines.length) throw new Error(`the delimiter ${delimiter} is missing`);
      value.push(lines[i]);
    }
    values.set(name, value.join("\n"));
  }
  return Object.fromEntries(values);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(read(readFileSync(process.argv[2], "utf8")), null, 1));
}
