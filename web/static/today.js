// Opens a month that is wider than the screen on today; without script one slides to it.
"use strict";
(() => {
  const today = document.querySelector(".ct-month thead [aria-current]"), month = today?.closest(".ct-scroll");
  // The names stand still on the left and would cover it.
  if (month) month.scrollLeft = today.offsetLeft - 2 * today.offsetWidth - today.parentElement.firstElementChild.offsetWidth;
})();
