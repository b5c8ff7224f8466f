// Runs in the page: judges each summary, draws it, and says in the page's title how that went.

// What the program itself writes. Anything else came from a foreign text that was not taken for text.
const elements = {
  H2: [], H3: [], P: [], STRONG: [], CODE: [], PRE: ["lang"], BLOCKQUOTE: [], UL: [], LI: [], A: ["href"], SPAN: [], BR: [],
  TABLE: [], THEAD: [], TBODY: [], TR: [], TH: ["align"], TD: ["align"],
};
// What GitHub finds in a finished text: mentions, references, emoji, formulas, addresses.
const found = /(^|\W)@\w|#\d|GH-\d|:[\w+-]+:|\$\S|https?:|www\.|\S@\S/i;
const own = /^https:\/\/(partner\.microsoft\.com\/|learn\.microsoft\.com\/|docs\.github\.com\/|status\.azure\.com$)/;

function judge({ html, exit, failedStep, message }) {
  const complaints = [];
  const page = new DOMParser().parseFromString(html, "text/html").body;
  for (const element of page.querySelectorAll("*")) {
    const attributes = element.getAttributeNames();
    if (!elements[element.tagName] || attributes.some((name) => !elements[element.tagName].includes(name))) complaints.push(`the element ${element.outerHTML.slice(0, 200)}`);
  }
  const comments = document.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) complaints.push(`a comment: ${comments.currentNode.data}`);
  for (const a of page.querySelectorAll("a")) {
    const shown = /^(Preview|Offer|Report): /.test(a.closest("li")?.textContent ?? "") && a.protocol === "https:" && !a.username && (a.host + a.pathname).startsWith(a.textContent.replace(/…$/, ""));
    if (!own.test(a.getAttribute("href")) && !shown) complaints.push(`a link to ${a.href}`);
  }
  page.normalize();
  const texts = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.closest("a, code, pre") && found.test(text.data)) complaints.push(`GitHub would make something of ${JSON.stringify(text.data)}`);
  }
  const said = page.textContent.replace(/\s+/g, " ");
  const quoted = [...page.querySelectorAll("blockquote > p")].map((p) => p.textContent).filter((line) => !/^(information|warning): /.test(line));
  if (page.querySelectorAll("h2").length !== 1) complaints.push("not one headline");
  if (failedStep && !said.includes(failedStep)) complaints.push(`the step ${failedStep} is not named`);
  const checks = page.querySelector("pre[lang=text]"); // the doctor's, with what to do below each
  if (exit !== 0 && exit < 128 && !checks?.textContent.includes("-> ")) {
    // It reads as the service meant it, whatever characters that chose. In the outputs, which the log shows, "##[" is broken.
    const reads = (text) => text.replaceAll("# #", "##");
    if (message && !reads(said).includes(reads(message)) && reads(quoted.join("; ")) !== reads(message)) complaints.push(`the reason is ${JSON.stringify(message)}, and the page says ${JSON.stringify(quoted.join("; "))}`);
    if (exit !== 2 && !said.includes("What to do next")) complaints.push("it does not say what to do next");
  }
  return complaints;
}

const stage = document.body.appendChild(document.createElement("div")); // Mermaid measures its texts in it

async function draw(summary, article, number) {
  const complaints = [];
  article.innerHTML = summary.html; // judged before
  const boxes = [...article.querySelectorAll("pre[lang=mermaid]")];
  if (boxes.length !== summary.charts.length) complaints.push(`${boxes.length} charts, and the Markdown has ${summary.charts.length}`);
  for (const [i, box] of boxes.entries()) {
    const source = box.textContent;
    const bars = source.split("\n").filter((line) => / :(done|active|crit), /.test(line)).length;
    try {
      await mermaid.parse(source);
      const { svg } = await mermaid.render(`chart-${number}-${i}`, source, stage);
      box.outerHTML = `<div class="chart">${svg}</div>`;
      const drawn = article.querySelectorAll(".chart")[i];
      const tasks = drawn.querySelectorAll("rect.task").length;
      if (tasks !== bars || bars === 0) complaints.push(`${tasks} bars are drawn, and the chart has ${bars}`);
      if (drawn.querySelector("script, foreignObject, a, [onclick]")) complaints.push("the drawing holds more than a drawing");
      const names = [...drawn.querySelectorAll("text[class*=taskText]")].map((text) => text.textContent.trim());
      for (const line of source.split("\n").filter((line) => / :(done|active|crit), /.test(line))) {
        const name = line.slice(0, line.indexOf(" :")).trim();
        if (!names.includes(name)) complaints.push(`no bar is called ${name}`);
      }
    } catch (error) {
      complaints.push(`mermaid: ${error.message}\n${source}`);
    }
  }
  return complaints;
}

(async () => {
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: "default", gantt: { useWidth: 940 } });
  const complaints = [];
  let charts = 0;
  for (const [number, summary] of summaries.entries()) {
    const mine = judge(summary);
    if (mine.length === 0) {
      const article = document.querySelector("main").appendChild(Object.assign(document.createElement("article"), { className: "markdown-body" }));
      mine.push(...await draw(summary, article, number));
    }
    charts += summary.charts.length;
    complaints.push(...mine.map((complaint) => `${summary.name}: ${complaint}`));
  }
  const report = Object.assign(document.createElement("pre"), { id: "complaints", textContent: complaints.join("\n"), hidden: true });
  stage.remove();
  document.documentElement.dataset.height = document.documentElement.scrollHeight; // for who takes a picture
  document.body.append(report);
  document.title = complaints.length === 0 ? `fine: ${summaries.length} summaries, ${charts} charts` : `${complaints.length} complaints`;
})().catch((error) => { document.title = `failed: ${error.message}`; });
