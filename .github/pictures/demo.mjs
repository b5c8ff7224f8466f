// demo.mjs OUT COMMAND SHOWN: runs the command and draws what it prints, when it prints it, as an SVG that needs no script.
// Without animations it shows everything at once.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";

const [out, command, shown] = process.argv.slice(2);
const columns = 132;
const hold = 8; // seconds that the last picture stays
const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#f2cc60", 90: "#8b949e", 2: "#8b949e" };

const lines = [{ at: 0, text: `$ ${shown}` }];
const began = Date.now();
let rest = "";
const child = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
child.stdout.setEncoding("utf8");
child.stdout.on("data", (chunk) => {
  const parts = (rest + chunk).split("\n");
  rest = parts.pop();
  for (const text of parts) lines.push({ at: (Date.now() - began) / 1000, text });
});
const code = await new Promise((resolve) => child.on("close", resolve));
if (code !== 0) throw new Error(`${command}: exit code ${code}`);

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0"); // SVG runs plain spaces together

// A line as a terminal shows it: "\r ESC[0K" begins it anew, colours stay, other escapes do nothing.
function draw(text) {
  const [visible] = text.split("\r\x1b[0K").slice(-1);
  let colour = "";
  let column = 0;
  let svg = "";
  for (const part of visible.split(/(\x1b\[[0-9;]*[A-Za-z])/)) {
    const escaped = /^\x1b\[([0-9;]*)([A-Za-z])$/.exec(part);
    if (escaped) {
      if (escaped[2] === "m") colour = colours[escaped[1]] ?? "";
      continue;
    }
    let piece = part.slice(0, Math.max(0, columns - column));
    if (piece.length < part.length) piece = piece.slice(0, -1) + "…";
    column += part.length;
    svg += colour ? `<tspan fill="${colour}">${escape(piece)}</tspan>` : escape(piece);
  }
  return svg;
}

const drawn = lines.map((line) => ({ at: line.at, svg: draw(line.text) })).filter((line, i) => line.svg !== "" || lines[i].text === "");
const [width, height] = [columns * 7.85 + 32, drawn.length * 18 + 60];
const total = drawn.at(-1).at + hold;
const rules = drawn.map((line, i) => `@keyframes k${i}{0%{opacity:0}${(100 * line.at / total).toFixed(2)}%{opacity:0}${(100 * line.at / total + 0.01).toFixed(2)}%{opacity:1}}#l${i}{animation:k${i} ${total.toFixed(1)}s infinite}`);
writeFileSync(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}" role="img" aria-label="publish-offer publishes an offer of the emulated marketplace">
<style>@media (prefers-reduced-motion:no-preference){${rules.slice(1).join("")}}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="#e6edf3">
${drawn.map((line, i) => `<text id="l${i}" x="16" y="${54 + i * 18}">${line.svg}</text>`).join("\n")}
</g>
</svg>
`);
