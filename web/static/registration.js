// Makes the registration quicker; everything works without it. The server sends the same pieces of page.
"use strict";
(() => {
  const form = document.querySelector("form[data-pieces]");
  const who = form.elements.who, title = form.elements.title, subject = form.elements.subject;
  const pieces = form.dataset.pieces;
  let waiting = 0, asked = 0, chosenByHand = Boolean(subject.value);

  const sender = () => (form.querySelector("input[name=sender]:checked") || {}).value || "";

  async function refresh() {
    const turn = ++asked, chosen = sender();
    const query = new URLSearchParams({ q: who.value, title: title.value, sender: chosen });
    const answer = await fetch(`${pieces}?${query}`).catch(() => null);
    // Signed out, or the network is down: the buttons still do their work.
    if (!answer || !answer.ok || answer.redirected || turn !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A list under somebody's fingers does not change.
    const ids = document.activeElement.name === "sender" ? ["doubles", "subject-reason"]
      : ["people", "doubles", "subject-reason"];
    for (const id of ids) document.getElementById(id).replaceWith(page.getElementById(id));
    const proposed = document.getElementById("subject-reason").dataset.subject;
    if (!chosenByHand && proposed) subject.value = proposed;
  }

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 150);
  }

  who.addEventListener("input", soon);
  title.addEventListener("input", soon);
  form.addEventListener("change", (event) => {
    if (event.target === subject) chosenByHand = true;
    if (event.target.name === "sender") soon();
  });
  const KEYS = { F2: "button[name=attach]", F8: "a[data-receipt]" };
  document.addEventListener("keydown", (event) => {
    const wanted = KEYS[event.key] && document.querySelector(KEYS[event.key]);
    if (wanted) { event.preventDefault(); wanted.click(); }
  });
})();
