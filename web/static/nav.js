// On a narrow screen the sections are one sliding line: slide it to the page that is open.
"use strict";
(() => {
  const here = document.querySelector(".ct-nav [aria-current]"), line = here?.parentElement;
  if (line) line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
})();
