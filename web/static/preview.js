// Writes the preview again while one types. Without it the button of the form does the same.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  const id = form.dataset.preview;
  let waiting = 0, asked = 0;

  async function refresh() {
    const turn = ++asked, body = new URLSearchParams(new FormData(form));
    body.set("preview", "1");
    const answer = await fetch(location.pathname, { method: "POST", body }).catch(() => null);
    // Signed out, or the network is down: nothing is lost, the button still says why.
    if (!answer || !answer.ok || answer.redirected || turn !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById(id).replaceWith(page.getElementById(id));
  }

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 400);
  });
})();
