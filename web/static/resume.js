// The form was kept: go straight to it. Without this script the person presses the button.
document.querySelector("form[data-resume]").requestSubmit();
