/** Choosing whom to show asks at once; without this script the button does. */

for (const choice of document.querySelectorAll('.pool-search input[name="only"]')) {
  choice.addEventListener('change', () => choice.form.requestSubmit());
}
