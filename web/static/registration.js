// Makes the registration quicker; everything works without it. The server sends the same pieces of page.
"use strict";
(() => {
  const form = document.querySelector("form[data-pieces]");
  const { who, title, subject } = form.elements;
  const pieces = form.dataset.pieces, somebody = document.getElementById("somebody");
  const SOMEBODY = [...somebody.querySelectorAll("input[id], select[name=civility]")];
  const ADDRESS = ["email", "street", "postcode", "town"];
  let waiting = 0, asked = 0, chosenByHand = Boolean(subject.value), arrows = false;

  const sender = () => (form.querySelector("input[name=sender]:checked") || {}).value || "";
  const button = () => form.querySelector("[data-save]");
  const found = document.getElementById("found");

  // Somebody known, or nobody, needs no details: Tab goes on to the title.
  function fold() { somebody.hidden = !["", "new"].includes(sender()); }

  // Of a new person, only what decides how the receipt leaves: no name and no address stand in the address asked.
  function question() {
    const query = new URLSearchParams({ q: who.value, title: title.value, sender: sender() });
    for (const name of ["channel", "received_on", "distinct"]) query.set(name, form.elements[name].value);
    if (chosenByHand) query.set("subject", subject.value);
    if (form.elements.prefers_post.checked) query.set("prefers_post", "1");
    if (sender() === "new") for (const name of ADDRESS) if (form.elements[name].value.trim()) query.set(name, "1");
    return query;
  }

  async function refresh() {
    clearTimeout(waiting);
    const turn = ++asked;
    const answer = await fetch(`${pieces}?${question()}`).catch(() => null);
    // Signed out, or the network is down: the buttons still do their work.
    if (!answer || !answer.ok || answer.redirected || turn !== asked) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A list under somebody's fingers does not change.
    const ids = ["doubles", "subject-reason", "foreseen"];
    if (document.activeElement.name !== "sender") ids.push("people");
    for (const id of ids) document.getElementById(id).replaceWith(page.getElementById(id));
    found.textContent = page.getElementById("found").textContent;
    fold();
    const proposed = document.getElementById("subject-reason").dataset.subject;
    if (!chosenByHand && proposed) subject.value = proposed;
    return true;
  }

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 150);
  }

  // What was typed to find them begins the form about them; what was typed there already stays.
  function describe(radio) {
    somebody.open = true;
    if (SOMEBODY.some((field) => field.value.trim())) return;
    for (const field of SOMEBODY) field.value = radio.dataset[field.id.replace(/_(.)/, (_, sign) => sign.toUpperCase())] || "";
  }

  function goOn() {
    (form.elements.organisation.value ? form.elements.organisation : form.elements.family_name).focus();
  }

  who.addEventListener("input", soon);
  title.addEventListener("input", soon);
  somebody.addEventListener("input", soon);
  form.addEventListener("change", (event) => {
    const { target } = event;
    if (target === subject) chosenByHand = Boolean(subject.value);
    if (target.name === "channel" && target.value === "registered") document.getElementById("posted").open = true;
    if (target.name === "sender" && target.value === "new") {
      describe(target);
      // With the arrows one only passes by: the last choice must stay within reach.
      if (!arrows) goOn();
    }
    fold();
    if (["sender", "channel", "received_on", "prefers_post", "subject"].includes(target.name)) soon();
  });
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-distinct]")) return;
    event.preventDefault();
    form.elements.distinct.value = sender();
    document.getElementById("doubles").replaceChildren();
    title.focus();
  });

  who.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" && !event.altKey) {
      event.preventDefault();
      (form.querySelector("input[name=sender]:checked") || form.querySelector("input[name=sender]")).focus();
      return;
    }
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (title.value.trim() || !who.value.trim()) return;
    // Nothing else is typed yet: whoever presses Enter here wants to choose, not to register.
    event.preventDefault();
    if (!(await refresh())) return;
    const chosen = form.querySelector("input[name=sender]:checked");
    if (chosen && chosen.value !== "new") title.focus();
    else (chosen || form.querySelector("input[name=sender]")).focus();
  });

  const KEYS = { F2: "button[name=attach]", F8: "a[data-receipt]" };
  document.addEventListener("keydown", (event) => {
    arrows = event.key.startsWith("Arrow");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      button().click();
      return;
    }
    if (event.key === "Enter" && event.target.name === "sender" && !event.isComposing) {
      // A choice in a list, not the end of the form.
      event.preventDefault();
      if (!event.target.checked) event.target.click();
      else if (event.target.value === "new") { describe(event.target); goOn(); }
      else title.focus();
      return;
    }
    const wanted = KEYS[event.key] && document.querySelector(KEYS[event.key]);
    if (wanted) { event.preventDefault(); wanted.click(); }
  });

  // Sent once; the server knows it too, should a second press be quicker than this.
  form.addEventListener("submit", (event) => {
    setTimeout(() => {
      if (event.defaultPrevented) return;
      for (const one of form.querySelectorAll("button[type=submit]")) one.disabled = true;
    });
  });
  addEventListener("pageshow", () => {
    fold();
    for (const one of form.querySelectorAll("button[type=submit]")) one.disabled = false;
  });
  for (const radio of form.querySelectorAll("input[name=sender][value=new]:checked")) describe(radio);
})();
