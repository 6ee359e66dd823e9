// Sends each document as soon as it is dropped or chosen, so that it stands beside the form while one types.
// Without it the form carries the documents itself.
"use strict";
(() => {
  const zone = document.querySelector("[data-keep]");
  if (!zone) return;
  const form = zone.closest("form"), input = zone.querySelector("input[type=file]");
  const kept = zone.querySelector("[data-kept]"), faults = zone.querySelector("[data-faults]");
  const said = (sentence, name) => sentence.replace("{name}", name);
  let underWay = 0, refreshed = 0, leaving = null, queued = Promise.resolve();

  function refuse(sentence) {
    const line = document.createElement("p"), mark = document.createElement("i");
    line.className = "form-text ct-late fw-semibold";
    mark.className = "bi bi-exclamation-triangle-fill";
    mark.setAttribute("aria-hidden", "true");
    line.append(mark, " ", sentence);
    faults.append(line);
    input.setAttribute("aria-invalid", "true");
  }

  function progressOf(name) {
    const line = document.createElement("li"), label = document.createElement("label");
    const bar = document.createElement("progress");
    label.append(said(zone.dataset.sending, name), bar);
    line.className = "ct-sending";
    line.append(label);
    kept.append(line);
    return { line, bar };
  }

  // One after the other: a pile stays in the order in which it was scanned.
  function queue(file) {
    if (file.size > Number(zone.dataset.largest)) return refuse(said(zone.dataset.tooLarge, file.name));
    const shown = progressOf(file.name);
    underWay += 1;
    queued = queued.then(() => new Promise((done) => { send(file, shown, done); }));
  }

  // XMLHttpRequest, for fetch tells nothing of what has left.
  function send(file, { line, bar }, done) {
    const request = new XMLHttpRequest(), body = new FormData();
    body.append("csrf_token", form.elements.csrf_token.value);
    if ("shown" in zone.dataset) body.append("shown", "1");
    body.append("alone", "1");
    body.append("document", file);
    request.upload.onprogress = (event) => { bar.max = event.total; bar.value = event.loaded; };
    request.onloadend = () => {
      underWay -= 1;
      const page = new DOMParser().parseFromString(request.responseText || "", "text/html");
      const arrived = page.querySelector("ul > li"), refused = page.querySelectorAll("p.ct-late");
      // Signed out, the network down, a page instead of a line: none of them kept anything.
      const understood = [200, 422].includes(request.status) && request.responseURL.endsWith(zone.dataset.keep);
      if (understood && arrived) {
        take(line, arrived);
      } else {
        line.remove();
        if (understood && refused.length) for (const one of refused) refuse(one.textContent.trim());
        else refuse(said(zone.dataset.lost, file.name));
      }
      if (!underWay && leaving) leave();
      if (zone.dataset.refresh) refresh(zone.dataset.refresh);
      done();
    };
    request.open("POST", zone.dataset.keep);
    request.send(body);
  }

  function take(place, line) {
    place.replaceWith(line);
    const preview = line.querySelector("details");
    if (preview) preview.open = !kept.querySelector("details[open]");
    if (line.querySelector("[name=claim]")) removable(line, line.querySelector("[name=claim]"));
  }

  // After each document, not only after the last: a pile of forty is never said to be empty meanwhile.
  async function refresh(id) {
    const turn = ++refreshed;
    const arrived = [...kept.children].filter((line) => !line.classList.contains("ct-sending"));
    const answer = await fetch(location.pathname).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || turn !== refreshed) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById(id).replaceWith(page.getElementById(id));
    for (const line of arrived) line.remove();
  }

  function removable(line, claim) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-outline-secondary";
    const name = document.createElement("span");
    name.className = "visually-hidden";
    name.textContent = ` ${line.querySelector("a").firstChild.textContent}`;
    const show = () => {
      line.classList.toggle("ct-removed", !claim.checked);
      button.replaceChildren(claim.checked ? zone.dataset.remove : zone.dataset.back, name);
    };
    button.addEventListener("click", () => { claim.checked = !claim.checked; show(); });
    claim.addEventListener("change", show);
    claim.closest("label").after(button);
    show();
  }

  function receive(files) {
    faults.replaceChildren();
    input.removeAttribute("aria-invalid");
    for (const file of files) queue(file);
  }

  function leave() {
    const button = leaving.button;
    leaving = null;
    form.requestSubmit(button);
  }

  for (const line of kept.children) removable(line, line.querySelector("[name=claim]"));
  input.addEventListener("change", () => {
    receive([...input.files]);
    input.value = "";
  });
  // A document dropped beside the zone would take the place of the page, and of what was typed.
  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    zone.classList.add("ct-dropping");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("ct-dropping"); });
  document.addEventListener("drop", (event) => {
    zone.classList.remove("ct-dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    receive([...event.dataTransfer.files]);
  });
  form.addEventListener("submit", (event) => {
    if (!underWay) return;
    event.preventDefault();
    leaving = { button: event.submitter };
  });
})();
