"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const zone = $("zone"), input = $("files"), status = $("status"), stop = $("stop");
  const results = $("results");
  const most = Number(zone.dataset.most);
  // In the order in which findings stand.
  const SHAPES = { error: "✕", warning: "▲", info: "●" };
  const ORDER = Object.keys(SHAPES);
  let worker, waiting, queue = [], busy = false;

  const say = (text) => { status.textContent = text; };
  const count = (number, noun) =>
    `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

  // An element with text, never with markup: names and messages are the participant's.
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const name = (text) => element("bdi", {}, text);

  const unpacked = (id) => {
    const packed = Uint8Array.from(atob($(id).textContent), (char) => char.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).blob();
  };

  // Returns the next answer of the worker.
  const answer = () => new Promise((resolve, reject) => {
    waiting = reject;
    worker.onmessage = ({ data }) =>
      "failure" in data ? reject(new Error(data.failure)) : resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || "the worker cannot be started"));
    };
  });

  const start = async () => {
    say("Preparing the check: this takes a few seconds…");
    const source = new Blob([await unpacked("part-worker")], { type: "text/javascript" });
    const address = URL.createObjectURL(source);
    worker = new Worker(address);
    const parts = {};
    for (const part of ["lock", "runtime", "stdlib", "validator"])
      parts[part] = $(`part-${part}`).textContent;
    worker.postMessage({ parts });
    await answer();
    URL.revokeObjectURL(address);
  };

  const check = async (file) => {
    let bytes;
    try {
      bytes = new Uint8Array(await file.slice(0, most).arrayBuffer());
    } catch {
      return { problem: "It cannot be read. Choose files, not folders." };
    }
    worker.postMessage({ name: file.name, bytes }, [bytes.buffer]);
    try {
      return (await answer()).document;
    } catch (error) {
      worker.terminate();
      worker = undefined;
      return { problem: `The check ended: ${error.message}` };
    }
  };

  const summary = (reports) => {
    const findings = reports.flatMap((report) => report.findings);
    const of = (severity) => findings.filter((each) => each.severity === severity).length;
    const valid = reports.every((report) => report.valid);
    const noted = [["error", "error"], ["warning", "warning"], ["info", "note"]]
      .filter(([severity]) => of(severity)).map(([severity, noun]) => count(of(severity), noun));
    const systems = reports.filter((report) => report.kind === "predictions");
    const pairs = systems.reduce((sum, report) => sum + report.pairs, 0);
    const all = systems.length === reports.length
      ? [count(pairs, "pair")] : [count(systems.length, "system"), count(pairs, "pair")];
    return { valid, text: [...(valid ? all : []), ...noted].join(", ") };
  };

  const text = (value) => element("bdi", {}, value);
  // A fix is written by the toolkit; what it has in back-quotes is code.
  const fix = (value) => element("bdi", {}, ...value.split(/`([^`]+)`/).map(
    (piece, place) => (place % 2 ? element("code", {}, piece) : piece)));
  const number = (value) => (value === null ? "" : String(value));
  const severity = (finding) => element("span", { class: `severity ${finding.severity}` },
    element("span", { "aria-hidden": "true" }, `${SHAPES[finding.severity]} `), finding.severity);
  const rule = (finding) => element("span", {}, finding.code,
    element("span", { class: "sub" }, finding.title));
  // The columns of findings: the heading, the cell, and the class.
  const COLUMNS = [
    ["Severity", severity, ""],
    ["Rule", rule, ""],
    ["File", (finding) => text(finding.place), "place"],
    ["Line", (finding) => number(finding.line), "num"],
    ["Column", (finding) => number(finding.column), "num"],
    ["Message", (finding) => text(finding.message), ""],
    ["How to fix it", (finding) => (finding.hint ? fix(finding.hint) : ""), ""],
  ];

  // The roles keep it a table for screen readers where narrow screens show it as blocks.
  const table = (findings, file) => {
    const inside = findings.some((finding) => finding.place !== file.name);
    const columns = COLUMNS.filter(([head]) => inside || head !== "File");
    const heads = columns.map(([head, , kind]) =>
      element("th", { scope: "col", role: "columnheader", class: kind }, head));
    const rows = findings.map((finding) => element("tr", { role: "row" },
      ...columns.map(([head, cell, kind]) =>
        element("td", { role: "cell", class: kind, "data-name": head }, cell(finding)))));
    const caption = element("caption", {}, "Findings in ", name(file.name));
    return element("table", { role: "table" }, caption,
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
      element("tbody", { role: "rowgroup" }, ...rows));
  };

  // Shows the result for a file and returns whether it is valid.
  const show = (file, found) => {
    const section = element("article", { class: "file" }, element("h2", {}, name(file.name)));
    results.append(section);
    if (found.problem) {
      section.append(element("p", { class: "verdict invalid" }, found.problem));
      return false;
    }
    const { valid, text } = summary(found.submissions);
    const verdict = valid ? "valid" : "invalid";
    section.append(element("p", { class: `verdict ${verdict}` },
      element("span", { "aria-hidden": "true" }, valid ? "✓ " : "✕ "), `${verdict}: ${text}`));
    const findings = found.submissions.flatMap((report) => report.findings.map((finding) =>
      ({ ...finding, place: finding.file ?? report.path })))
      .sort((one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity));
    if (findings.length) section.append(table(findings, file));
    const { sha256 } = found.submissions[0];
    if (sha256) section.append(element("p", { class: "hash" }, `SHA-256 of the file: ${sha256}`));
    return valid;
  };

  const work = async () => {
    busy = true;
    let valid = 0, all = 0;
    while (queue.length) {
      const file = queue.shift();
      if (worker === undefined) await start();
      stop.hidden = false;
      say(`Checking ${file.name} …`);
      valid += show(file, await check(file));
      all += 1;
      stop.hidden = true;
    }
    busy = false;
    say(`${count(all, "file")} checked: ${valid} valid, ${all - valid} invalid.`);
  };

  const failed = (error) => {
    busy = false;
    stop.hidden = true;
    worker = undefined;
    say(`The check cannot run in this browser: ${error.message}`);
  };

  const add = (files) => {
    if (!files.length) return;
    if (!busy) results.replaceChildren();
    queue.push(...files);
    if (!busy) work().catch(failed);
  };

  input.addEventListener("change", () => {
    add([...input.files]);
  });
  // The names stay beside the button, but the same file can be chosen again after a correction:
  // a browser reports a choice only if it differs from what the input has.
  let chosen = new DataTransfer();
  input.addEventListener("click", () => {
    chosen = new DataTransfer();
    for (const file of input.files) chosen.items.add(file);
    input.value = "";
  });
  input.addEventListener("cancel", () => { input.files = chosen.files; });
  stop.addEventListener("click", () => {
    queue = [];
    waiting(new Error("it was stopped."));
  });
  // A file beside the zone would replace the page.
  for (const event of ["dragover", "drop"])
    window.addEventListener(event, (dropped) => dropped.preventDefault());
  for (const event of ["dragenter", "dragover"])
    zone.addEventListener(event, () => zone.classList.add("over"));
  for (const event of ["dragleave", "drop"])
    zone.addEventListener(event, () => zone.classList.remove("over"));
  window.addEventListener("drop", (dropped) => {
    const { files } = dropped.dataTransfer;
    if (files.length) input.files = files;
    add([...files]);
  });

  busy = true;
  start().then(() => {
    busy = false;
    say("Ready.");
    if (queue.length) work().catch(failed);
  }, failed);
})();
