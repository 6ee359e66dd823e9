// Asks before a page is left with something written in a marked form that nobody sent. Without it nothing is asked.
"use strict";
(() => {
  let sent = null;
  const written = (form) => [...form.elements].some((field) =>
    field.matches("textarea, input[type=text], input:not([type])") && field.value !== field.defaultValue);
  addEventListener("submit", (event) => { sent = event.target; });
  addEventListener("pageshow", () => { sent = null; });
  addEventListener("beforeunload", (event) => {
    const forms = [...document.querySelectorAll("form[data-unsaved]")];
    if (forms.some((form) => form !== sent && written(form))) event.preventDefault();
  });
})();
