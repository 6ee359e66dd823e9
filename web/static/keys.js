// Keys of one letter, for who works here all day. Nothing needs them; the page "Aide" switches them off (WCAG 2.1.4).
"use strict";
(() => {
  const overlay = document.getElementById("keys");
  const rows = () => [...document.querySelectorAll(".ct-row .ct-what > a")];
  const current = () => document.activeElement.closest(".ct-row");

  function step(by) {
    const links = rows(), here = links.indexOf(current()?.querySelector(".ct-what > a"));
    const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
    if (next) { next.focus(); return; }
    // At the end of the list, or on a case: the page before or after.
    document.querySelector(by > 0 ? "[data-key=j]" : "[data-key=k]")?.click();
  }

  function press(key) {
    // In a list a key is about the row that has the focus: without one, nothing is done to a case unseen.
    const row = current();
    if (!row && rows().length) { step(1); return true; }
    const target = row?.querySelector(`[data-key="${key}"]`) || document.querySelector(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.matches("input, textarea, select")) target.focus();
    else target.click();
    return true;
  }

  function find() {
    const box = document.getElementById("q");
    if (box?.offsetParent) box.focus();
    else document.querySelector("[data-key=r]")?.click();
  }

  const named = { j: () => step(1), k: () => step(-1), r: find, "/": find, "?": () => overlay.showModal() };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing && typing.type !== "radio" && typing.type !== "checkbox") return;
    // Where one types without looking, a letter that misses its field must not lead away.
    if (event.target.closest("form[data-pieces]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || overlay.open) return;
    const act = named[event.key];
    if (act) act();
    else if (!/^[a-z]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });
})();
