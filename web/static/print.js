// Prints the letters as soon as they are shown: the person asked for paper.
"use strict";
addEventListener("load", () => print());
